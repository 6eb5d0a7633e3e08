import { constants, setPriority } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * A thread that copies the write-ahead log into the database file (SQLite: checkpoint). Most of that goes on while others
 * commit (PASSIVE); they wait a moment only for the last pages, each time the log starts again (RESTART). In JavaScript and
 * without imports of ours, since stripping types would take 20 MB of memory for these few lines.
 */
const port = parentPort;
if (port === null) throw new Error('this runs as a worker');

// The thread that checks codes comes first. On Linux this slows down this thread alone; elsewhere it would the whole
// process, so it is left out there.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);

/** How long RESTART, which keeps writers waiting, waits for readers. Milliseconds. */
const timeout = 10;
const database = new DatabaseSync(workerData.path, { timeout });
database.exec('PRAGMA synchronous = NORMAL');
const passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
const restart = database.prepare('PRAGMA wal_checkpoint(RESTART)');

port.on('message', (message) => {
  if (message === 'close') {
    database.close();
    port.close();
    return;
  }
  try {
    passive.get();
    if (message === 'restart') {
      // Once more for what was committed meanwhile, so that RESTART has little left to do.
      passive.get();
      restart.get();
    }
  } catch {
    // The log grows meanwhile; the next checkpoint copies more.
  }
  port.postMessage('done');
});
