import manifest from '../package.json' with { type: 'json' };

const root = new URL('../', import.meta.url).pathname;

/** What `npm run verifier` gives to Node, from whatever folder: what is tried and measured is what runs. */
export const nodeOptions = manifest.scripts.verifier
  .split(' ')
  .filter((word) => word.startsWith('--'))
  .map((word) => word.replace('=./', `=${root}`));
