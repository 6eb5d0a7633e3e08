import { parentPort, workerData } from 'node:worker_threads';
import { openCheckpointer } from './open.ts';

/**
 * A thread of its own that carries the write-ahead log over into the file. Most of it goes beside the commits of others;
 * only for the rest, so that the log can begin anew, they wait a moment.
 */
const port = parentPort;
if (port === null) throw new Error('this runs as a worker');
const database = openCheckpointer((workerData as { readonly path: string }).path);
const beside = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
const alone = database.prepare('PRAGMA wal_checkpoint(RESTART)');

port.on('message', (message: 'carry' | 'close') => {
  if (message === 'close') {
    database.close();
    port.close();
    return;
  }
  try {
    beside.get();
    beside.get();
    alone.get();
  } catch {
    // The log stays as it is and grows; the next time carries more.
  }
  port.postMessage('carried');
});
