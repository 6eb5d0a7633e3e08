import { type MessagePort, workerData } from 'node:worker_threads';
import { ask } from './ask.ts';
import type { Question, Reply } from './ask-now.ts';

const { port, flag } = workerData as { readonly port: MessagePort; readonly flag: Int32Array };

port.on('message', async ({ url, text, values }: Question) => {
  let reply: Reply;
  try {
    reply = { rows: await ask(url, text, values) };
  } catch (error) {
    reply = { error: (error as Error).message };
  }
  port.postMessage(reply);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
});
