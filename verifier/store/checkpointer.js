import { constants, setPriority } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * A thread of its own that carries the write-ahead log over into the file. Most of it goes beside the commits of others;
 * only for the rest, each time the log is to begin anew, they wait a moment. In JavaScript and without imports, since what
 * strips types would take 20 MB of memory for these lines.
 */
const port = parentPort;
if (port === null) throw new Error('this runs as a worker');

// Those who check codes go first. Where it is not the thread alone that this would slow down, it runs as all others.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);

/** Readers that hold up the end are waited for so long; meanwhile nobody writes. Milliseconds. */
const timeout = 10;
const database = new DatabaseSync(workerData.path, { timeout });
database.exec('PRAGMA synchronous = NORMAL');
const beside = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
const alone = database.prepare('PRAGMA wal_checkpoint(RESTART)');

port.on('message', (message) => {
  if (message === 'close') {
    database.close();
    port.close();
    return;
  }
  try {
    beside.get();
    if (message === 'anew') {
      // What came meanwhile, so that little is left to wait for.
      beside.get();
      alone.get();
    }
  } catch {
    // The log stays as it is and grows; the next time carries more.
  }
  port.postMessage('carried');
});
