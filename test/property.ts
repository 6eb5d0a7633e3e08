import fc from 'fast-check';

/**
 * Whether this run looks for new cases: `npm run test:long` draws them by chance. `npm test` goes through the same ones
 * every time, so that it judges a change and not its luck.
 */
export const drawsAnew = process.env.npm_lifecycle_event === 'test:long';

if (!drawsAnew) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 951_624_575 });

export { fc };
