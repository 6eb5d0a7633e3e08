import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import * as z from 'zod';
import { createKeyring, type Keyring, keyIdPattern, type Random } from './keyring.ts';
import type { Store } from './store/store.ts';

/** The key file is missing, unreadable or not the one that this database was closed with. */
export class KeyringUnusable extends Error {
  override readonly name = 'KeyringUnusable';
  readonly problem: 'missing' | 'malformed' | 'wrongKey' | 'unwritable';

  constructor(problem: KeyringUnusable['problem'], cause?: unknown) {
    super(`the key file is ${problem}`, { cause });
    this.problem = problem;
  }
}

const fileSchema = z.strictObject({
  version: z.literal(1),
  /** Oldest first; the last one closes what is new. */
  keys: z
    .array(z.strictObject({ id: z.string().regex(keyIdPattern), secret: z.base64().length(44) }))
    .min(1)
    .max(100),
});

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new KeyringUnusable('malformed', error);
  }
}

function parse(text: string, random: Random): Keyring {
  try {
    const { keys } = fileSchema.parse(JSON.parse(text));
    return createKeyring(
      keys.map(({ id, secret }) => ({ id, secret: Buffer.from(secret, 'base64') })),
      random,
    );
  } catch (error) {
    throw new KeyringUnusable('malformed', error);
  }
}

/** Makes a new name survive a power cut. Windows opens no folders and needs none of this. */
export function syncFolder(path: string): void {
  if (platform() === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Writes a new key file that only its owner reads. Where another process was faster, its file stays: false. */
function make(path: string, random: Random): boolean {
  const id = Buffer.from(random(4)).toString('hex');
  const keys = [{ id, secret: Buffer.from(random(32)).toString('base64') }];
  const draft = `${path}.${Buffer.from(random(6)).toString('hex')}.new`;
  try {
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeSync(file, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    chmodSync(draft, 0o600);
    try {
      linkSync(draft, path);
      syncFolder(dirname(path));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return false;
    } finally {
      unlinkSync(draft);
    }
  } catch (error) {
    throw new KeyringUnusable('unwritable', error);
  }
}

/** Gives a file that sealed nothing here another name. It is never deleted: another database may have been given it. */
function putAside(path: string, keyId: string): void {
  try {
    renameSync(path, `${path}.unused-${keyId}`);
    syncFolder(dirname(path));
  } catch (error) {
    throw new KeyringUnusable('wrongKey', error);
  }
}

/**
 * The keyring of a database. A key file is made only for a database that has none yet: a missing or foreign file is
 * an error, since nothing that is sealed could be opened again. Of two processes that each make one only the first is
 * let in; the other's file is put aside.
 * @throws KeyringUnusable; nothing in the database is changed then
 */
export async function loadKeyring(path: string, store: Store, random: Random): Promise<Keyring> {
  const known = await store.keyChecks();
  let text = read(path);
  let made = false;
  if (text === null) {
    if (known.size > 0) throw new KeyringUnusable('missing');
    made = make(path, random);
    text = read(path);
  }
  const keyring = parse(text ?? '', random);
  const own = keyring.checks();
  for (const [id, check] of known) if (own.get(id) !== check) throw new KeyringUnusable('wrongKey');
  if ([...own.keys()].every((id) => known.has(id)) || (await store.addKeyChecks(own))) return keyring;
  // Made while another process made its own: as it stands here it would be taken for the right one.
  const [id] = own.keys();
  if (made && id !== undefined && read(path) === text) putAside(path, id);
  throw new KeyringUnusable('wrongKey');
}
