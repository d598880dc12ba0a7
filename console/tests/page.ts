// What the sources expect of a browser when they are loaded, as far as tests of pure parts need it.
const page = Object.assign(new EventTarget(), { hidden: false });
const target = new EventTarget();
const kept = new Map<string, string>();

Object.assign(globalThis, {
  document: page,
  location: { hash: "" },
  addEventListener: target.addEventListener.bind(target),
  removeEventListener: target.removeEventListener.bind(target),
  dispatchEvent: target.dispatchEvent.bind(target),
  sessionStorage: {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  },
});

export {};
