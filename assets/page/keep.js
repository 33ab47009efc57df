/* One value kept in this browser between visits, in its database: large enough for many branches, and asked of nobody.
 * Where a browser keeps nothing (a private window), nothing is kept. Leaves out: what the value means. */
(() => {
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

  window.Tsuzuki.keep = {
    write: (value) => within("readwrite", (table) => table.put(value, KEY)).catch(() => undefined),
    read: () => within("readonly", (table) => table.get(KEY)).catch(() => undefined),
  };
})();
