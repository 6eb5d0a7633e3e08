import { start } from '../../ui/page.tsx';
import { send } from '../../ui/send.ts';
import { Options } from './options.tsx';

start(Options, async () => {
  const [state, settings] = await Promise.all([send('getState', {}), send('getSettings', {})]);
  return { state, settings };
});
