/* One value kept between visits in the browser's database, which has room for many branches and asks no permission.
 * A browser that keeps nothing (a private window) is no error. Leaves out: the meaning of the value. */

const [NAME, TABLE, KEY] = ["tsuzuki", "page", "branches"];

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within(mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const request = act(database.transaction(TABLE, mode).objectStore(TABLE));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    database.close();
  }
}

export const write = (value) => within("readwrite", (table) => table.put(value, KEY)).catch(() => undefined);
export const read = () => within("readonly", (table) => table.get(KEY)).catch(() => undefined);
