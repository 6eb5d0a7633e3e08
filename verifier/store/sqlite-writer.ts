import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { HotBatch } from './hot-batch.ts';
import type { FromWriter, HotCommand, ToWriter } from './hot-command.ts';
import { openWriter } from './open.ts';

/** A thread of its own that waits for the disk, so that the thread with the requests need not. */
const port = parentPort;
if (port === null) throw new Error('this runs as a worker');
const database = openWriter((workerData as { readonly path: string }).path);
const stillness = new Int32Array(new SharedArrayBuffer(4));
const batch = new HotBatch(database, (ms) => void Atomics.wait(stillness, 0, 0, ms));

/** Commands of one transaction at most; what came meanwhile makes the next one. */
const maxCommands = 512;

const say = (message: FromWriter) => port.postMessage(message);

function end(): void {
  database.close();
  say('closed');
  port?.close();
}

port.on('message', (first: ToWriter) => {
  let waiting: HotCommand[] = [];
  let messages = 0;
  const commit = () => {
    if (messages > 0) say({ messages, results: batch.run(waiting) });
    waiting = [];
    messages = 0;
  };
  for (let message: ToWriter | undefined = first; message !== undefined; ) {
    if (message === 'close') {
      commit();
      return end();
    }
    waiting = waiting.length === 0 ? [...message] : waiting.concat(message);
    messages++;
    if (waiting.length >= maxCommands) commit();
    message = receiveMessageOnPort(port)?.message;
  }
  commit();
});
