import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

export interface Question {
  readonly url: string;
  readonly text: string;
  readonly values: readonly unknown[];
}
export type Reply = { readonly rows: Record<string, unknown>[] } | { readonly error: string };

interface Asker {
  ask(question: Question): Reply;
}

let asker: Asker | undefined;

function startAsker(): Asker {
  const { port1, port2 } = new MessageChannel();
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./ask-worker.ts', import.meta.url), {
    workerData: { port: port2, flag },
    transferList: [port2],
    execArgv: [],
  });
  worker.unref();
  port1.unref();
  return {
    ask(question) {
      Atomics.store(flag, 0, 0);
      port1.postMessage(question);
      Atomics.wait(flag, 0, 0);
      return receiveMessageOnPort(port1)?.message as Reply;
    },
  };
}

/** A statement whose rows are there at once, as node:sqlite gives them, so that tests read both databases alike. */
export function askNow(url: string, text: string, values: readonly unknown[] = []): Record<string, unknown>[] {
  asker ??= startAsker();
  const reply = asker.ask({ url, text, values });
  if ('error' in reply) throw new Error(reply.error);
  return reply.rows;
}
