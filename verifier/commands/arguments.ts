import { parseArgs } from 'node:util';
import * as z from 'zod';
import { type OtpParameters, otpAlgorithms } from '../../shared/otp.ts';
import { seedBytes } from '../hardware/encoded.ts';
import type { Fob } from '../hardware/fob.ts';
import { type Allowance, allowances, type KeyMaterial, parseMaterial } from '../hardware/material.ts';
import { leastRetentionDays } from '../settings.ts';
import { type Scope, scopes } from '../store/store.ts';
import { readSecretFile } from './hardware-import.ts';

/** The call does not fit the usage: exit status 2. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem';
  readonly ja: string;

  constructor(en: string, ja: string) {
    super(en);
    this.ja = ja;
  }
}

/** An option that is one of a few words. */
export function choice(name: string, words: string): UsageProblem {
  return new UsageProblem(
    `--${name} expects one of ${words}`,
    `--${name} には ${words} のいずれかを指定してください。`,
  );
}

export function parseArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        'dry-run': { type: 'boolean' },
        institution: { type: 'string' },
        scope: { type: 'string' },
        expires: { type: 'string' },
        key: { type: 'string' },
        'key-file': { type: 'string' },
        password: { type: 'string' },
        'private-key': { type: 'string' },
        allow: { type: 'string' },
        partial: { type: 'boolean' },
        count: { type: 'string' },
        format: { type: 'string' },
        output: { type: 'string' },
        'key-output': { type: 'string' },
        digits: { type: 'string' },
        period: { type: 'string' },
        algorithm: { type: 'string' },
        before: { type: 'string' },
        export: { type: 'string' },
        file: { type: 'string' },
        secret: { type: 'string' },
        once: { type: 'boolean' },
        at: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageProblem((error as Error).message, '引数が正しくありません。');
  }
}

export type Options = ReturnType<typeof parseArguments>['values'];

export function onlyOptions(options: Options, ...allowed: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (name !== 'json' && name !== 'help' && !allowed.includes(name))
      throw new UsageProblem(`--${name} does not belong here`, `--${name} はこのコマンドでは使えません。`);
  }
}

export function one(positionals: readonly string[], what: string): string {
  const [value, ...more] = positionals;
  if (value === undefined || more.length > 0)
    throw new UsageProblem(`expects one ${what}`, `${what} を 1 つ指定してください。`);
  return value;
}

export function none(positionals: readonly string[]): void {
  if (positionals.length > 0) {
    const extra = positionals.join(' ');
    throw new UsageProblem(`does not expect "${extra}"`, `「${extra}」は不要です。`);
  }
}

export function parseScopes(text: string | undefined): readonly Scope[] {
  const wanted = [...new Set((text ?? '').split(',').map((scope) => scope.trim()))];
  if (wanted.length === 0 || !wanted.every((scope): scope is Scope => scopes.some((known) => known === scope))) {
    throw new UsageProblem(
      `--scope expects one or more of ${scopes.join(', ')}`,
      `--scope には ${scopes.join('、')} を 1 つ以上指定してください。`,
    );
  }
  return wanted;
}

/** A day of the calendar, from its start in UTC, or an RFC 3339 time; NaN where it is none. */
function instantMs(text: string): number {
  const known = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).safeParse(text);
  return known.success ? Date.parse(text) : Number.NaN;
}

export function parseExpiry(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  const ms = instantMs(text);
  if (!(ms > nowMs))
    throw new UsageProblem(
      '--expires expects a time to come, such as 2027-03-31T00:00:00+09:00',
      '--expires には 2027-03-31T00:00:00+09:00 のような、これからの日時を指定してください。',
    );
  return ms;
}

export function materialOf(options: Options): KeyMaterial {
  const given = [options.key, options['key-file'], options.password].filter((value) => value !== undefined);
  if (given.length > 1)
    throw new UsageProblem(
      'expects one of --key, --key-file and --password',
      '--key、--key-file、--password は、どれか 1 つだけ指定してください。',
    );
  const allow = (options.allow ?? '').split(',').filter((word) => word !== '');
  if (!allow.every((word): word is Allowance => allowances.some((known) => known === word))) {
    throw new UsageProblem(
      `--allow expects one or more of ${allowances.join(', ')}`,
      `--allow には ${allowances.join('、')} を 1 つ以上指定してください。`,
    );
  }
  const fromFile = (name: 'key-file' | 'private-key') => {
    const path = options[name];
    const text = path === undefined ? undefined : readSecretFile(path);
    if (text === null)
      throw new UsageProblem(
        `--${name} expects a file that can be read`,
        `--${name} には読み込めるファイルを指定してください。`,
      );
    return text;
  };
  const parsed = parseMaterial({
    key: options.key ?? fromFile('key-file'),
    password: options.password,
    privateKey: fromFile('private-key'),
    allow,
  });
  if (parsed.ok) return parsed.value;
  throw parsed.reason === 'key'
    ? new UsageProblem(
        'the key expects 16 or more bytes as hex digits, or 16, 24 or 32 in base64',
        '鍵は 16 バイト以上の 16 進数、または 16、24、32 バイトの base64 で指定してください。',
      )
    : new UsageProblem(
        '--private-key expects an RSA key of at most 4096 bits in PEM',
        '--private-key には PEM 形式の RSA 鍵(4096 ビット以下)を指定してください。',
      );
}

export function numberWithin(text: string | undefined, name: string, most: number): number {
  const number = /^[0-9]{1,9}$/.test(text ?? '') ? Number(text) : 0;
  if (number < 1 || number > most)
    throw new UsageProblem(
      `--${name} expects a number from 1 to ${most}`,
      `--${name} には 1〜${most} の数を指定してください。`,
    );
  return number;
}

export function trialParameters(options: Options): OtpParameters {
  const { digits = '6', period = '60', algorithm: wanted = 'SHA1' } = options;
  const algorithm = otpAlgorithms.find((known) => known === wanted.toUpperCase());
  if (!/^[6-8]$/.test(digits)) throw choice('digits', '6, 7, 8');
  if (period !== '30' && period !== '60') throw choice('period', '30, 60');
  if (algorithm === undefined) throw choice('algorithm', otpAlgorithms.join(', '));
  return { algorithm, digits: Number(digits), periodSeconds: Number(period) };
}

/** Up to when the log is pruned: never into its last days, whatever was mistyped. */
export function parseBefore(text: string | undefined, nowMs: number): number {
  const ms = instantMs(text ?? '');
  if (!(ms <= nowMs - leastRetentionDays * 86_400_000)) {
    throw new UsageProblem(
      `--before expects a day or time ${leastRetentionDays} days ago or earlier, such as 2025-04-01 or 2025-04-01T00:00:00+09:00`,
      `--before には 2025-04-01 や 2025-04-01T00:00:00+09:00 のような、${leastRetentionDays} 日以上前の日または日時を指定してください。`,
    );
  }
  return ms;
}

/** The fob of `--secret`; null where it is to come from a file. The seed is in no message. */
export function secretFob(options: Options): Fob | null {
  if (options.secret === undefined) return null;
  const seed = seedBytes(options.secret);
  if (seed === null || seed.byteLength < 16) {
    throw new UsageProblem(
      '--secret expects 16 or more bytes, hex or base32',
      '--secret には 16 バイト以上を 16 進数または base32 で指定してください。',
    );
  }
  return { serial: null, seed, parameters: trialParameters(options) };
}

export function parseInstant(text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = instantMs(text);
  if (!(ms >= 0)) {
    throw new UsageProblem(
      '--at expects a time such as 2026-11-21T09:00:00+09:00',
      '--at には 2026-11-21T09:00:00+09:00 のような日時を指定してください。',
    );
  }
  return ms;
}
