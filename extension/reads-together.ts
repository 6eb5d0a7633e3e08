interface Area {
  get(keys: string[]): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(key: string): Promise<void>;
}

/**
 * A storage area whose reads of one turn go to the browser as one: each is a question to another process, which is busy
 * with the very page that a person waits for. Writes go through at once.
 */
export function readsTogether(area: Area) {
  let asked: { readonly keys: Set<string>; readonly answer: Promise<Record<string, unknown>> } | null = null;

  async function ask(keys: ReadonlySet<string>): Promise<Record<string, unknown>> {
    // Those that wait in a queue ask a step later than the others.
    await null;
    await null;
    asked = null;
    return area.get([...keys]);
  }

  return {
    async get(key: string): Promise<Record<string, unknown>> {
      if (asked === null) {
        const keys = new Set<string>();
        asked = { keys, answer: ask(keys) };
      }
      asked.keys.add(key);
      const items = await asked.answer;
      return key in items ? { [key]: items[key] } : {};
    },
    set: (items: Record<string, unknown>) => area.set(items),
    remove: (key: string) => area.remove(key),
  };
}
