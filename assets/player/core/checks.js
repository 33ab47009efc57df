/* Checks of values from outside, such as those of a link: each is true for the values that it allows.
 * Leaves out: what the values mean. */

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
export const isText = (value) => typeof value === "string";
export const isTextList = (value) => Array.isArray(value) && value.length <= 6 && value.every(isText);
export const isFlag = (value) => typeof value === "boolean";
export const isIndex = (value) => Number.isSafeInteger(value) && value >= 0;
/** A number field may be empty, and itself reports a value out of its range. */
export const isCount = (value) => value === null || Number.isSafeInteger(value);
/** The name of a model, which a page does not load only because a link names it. */
export const isModel = (value) => isText(value);
export const within = (low, high) => (value) => typeof value === "number" && low <= value && value <= high;
