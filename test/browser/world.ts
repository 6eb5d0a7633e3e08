import { execFileSync } from 'node:child_process';
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import PostalMime from 'postal-mime';
import type { OtpParameters } from '../../shared/otp.ts';
import { loadKeyring } from '../../verifier/keyring-file.ts';
import { openSqliteStore } from '../../verifier/store/sqlite.ts';
import {
  demoInstitution,
  freePort,
  type InstitutionFile,
  prepareFobs,
  prepareVerifier,
  type Service,
  startBank,
  startVerifier,
} from '../bank/processes.ts';
import type { ProfileName } from '../bank/profiles.ts';
import { findOathtool } from './install.ts';

/** A token as the verifier keeps it. */
export interface KeptToken extends OtpParameters {
  readonly seed: Uint8Array;
}

/** Verifier and sample bank as processes on free ports, everything they keep in a folder of their own. */
export interface World {
  readonly bankUrl: string;
  readonly verifierUrl: string;
  /** Text of the newest mail to this address; waits for one. */
  mailTo(address: string): Promise<string>;
  /** A user's token as it follows from the verifier's database and key file. */
  tokenOf(loginId: string): Promise<KeptToken>;
  stopVerifier(): Promise<void>;
  /** On the same port as before. */
  startVerifier(): Promise<void>;
  close(): Promise<void>;
}

/** Codes change every 30 s here, so that a test waits for the next one half as long. */
function testInstitution(bankUrl: string, moreOrigins: readonly string[], profile: ProfileName): InstitutionFile {
  const institution = demoInstitution(bankUrl, profile);
  return { ...institution, origins: [bankUrl, ...moreOrigins], otp: { ...institution.otp, periodSeconds: 30 } };
}

/**
 * @param moreOrigins of the institution beside the bank's own
 * @param profile which of the sample banks
 */
export async function startWorld(
  moreOrigins: readonly string[] = [],
  profile: ProfileName = 'software',
): Promise<World> {
  const dataDir = mkdtempSync(join(tmpdir(), 'shirushi-world-'));
  const ports = { bank: await freePort(), verifier: await freePort() };
  const bankUrl = `http://localhost:${ports.bank}`;
  const institution = testInstitution(bankUrl, moreOrigins, profile);
  const running: { verifier: Service | null; bank: Service | null } = { verifier: null, bank: null };

  async function close(): Promise<void> {
    await running.bank?.stop();
    await running.verifier?.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** What goes wrong in a service stands beside the test that it failed. */
  const onLine = (line: string) => {
    if (/"error"|"level":(50|60|"error"|"fatal")/.test(line)) console.error(line);
  };

  try {
    const keyFile = await prepareVerifier(dataDir, institution, profile);
    const fobs = profile === 'hardware' ? await prepareFobs(dataDir, 30) : '';
    running.verifier = await startVerifier({ port: ports.verifier, dataDir, onLine });
    const verifierUrl = running.verifier.url;
    running.bank = await startBank({ port: ports.bank, profile, fobs, dataDir, verifierUrl, keyFile, onLine });
    return {
      bankUrl,
      verifierUrl,
      close,
      async mailTo(address) {
        const outbox = join(dataDir, 'outbox');
        for (let tries = 0; tries < 100; tries++) {
          const names = readdirSync(outbox, { withFileTypes: true })
            .filter((entry) => entry.isFile() && entry.name.endsWith('.eml'))
            .map(({ name }) => name);
          for (const name of names.toSorted().toReversed()) {
            const mail = await PostalMime.parse(readFileSync(join(outbox, name)));
            if (mail.to?.some((to) => to.address === address)) return mail.text ?? '';
          }
          await sleep(100);
        }
        throw new Error(`no mail to ${address} came`);
      },
      async tokenOf(loginId) {
        const store = openSqliteStore(join(dataDir, 'verifier.sqlite'), Date.now());
        try {
          const keyring = await loadKeyring(join(dataDir, 'keyring.json'), store, randomBytes);
          const user = await store.user(institution.serviceId, loginId);
          if (!user?.token || !user.assignment) throw new Error(`${loginId} has no token`);
          const { token, assignment } = user;
          const place = ['seed', institution.serviceId, token.tokenId, token.seedVersion];
          const kept = keyring.open(token.sealedSeed, place);
          if (assignment.status !== 'provisioned') return { ...token.parameters, seed: kept };
          // Before the activation the secret of the set-up is kept; the seed follows from it and the set-up's key.
          const info = `shirushi/1${assignment.thumbprint}`;
          return { ...token.parameters, seed: new Uint8Array(hkdfSync('sha256', kept, '', info, kept.byteLength)) };
        } finally {
          await store.close();
        }
      },
      async stopVerifier() {
        await running.verifier?.stop();
      },
      async startVerifier() {
        running.verifier = await startVerifier({ port: ports.verifier, dataDir, onLine });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The code of an instant by an implementation that shares nothing with ours: Debian's `oathtool`, or where it is
 * missing RFC 6238 written out.
 */
export function independentCode(token: KeptToken, nowMs: number): string {
  const seed = Buffer.from(token.seed);
  const algorithm = token.algorithm.toLowerCase();
  const oathtool = findOathtool();
  if (oathtool !== null) {
    const args = [
      `--totp=${algorithm}`,
      `--time-step-size=${token.periodSeconds}s`,
      `--digits=${token.digits}`,
      `--now=@${Math.floor(nowMs / 1000)}`,
      seed.toString('hex'),
    ];
    return execFileSync(oathtool, args, { encoding: 'utf8' }).trim();
  }
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowMs / 1000 / token.periodSeconds)));
  const mac = createHmac(algorithm, seed).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const number = (mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** token.digits;
  return String(number).padStart(token.digits, '0');
}
