import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyInstitution } from '../../verifier/commands/institution.ts';
import { type Bench, bench, institutionFile } from './fixture.ts';

/** What the command said, in lines, and how it ended. */
async function apply(at: Bench, file: unknown, more: { dryRun?: boolean; json?: boolean } = {}) {
  const path = join(at.folder, 'file.json');
  writeFileSync(path, typeof file === 'string' || Buffer.isBuffer(file) ? file : JSON.stringify(file));
  const lines: string[] = [];
  const out = (text: string) => void lines.push(...text.split('\n'));
  const { dryRun = false, json = false } = more;
  const status = await applyInstitution(at.store, { json, out, err: out }, { file: path, dryRun, nowMs: 5 });
  return { status, lines };
}

const changed = institutionFile({
  lockout: { afterFailures: 3 },
  operations: ['login', 'transfer'],
  reissue: { closed: null },
});
const differences = [
  'operations: ["transfer","approval"] → ["login","transfer"]',
  'lockout.afterFailures: 5 → 3',
  'reissue.closed: - → null',
  'reissue.closed.from: "20:50" → -',
  'reissue.closed.until: "08:10" → -',
];

describe('institution apply', () => {
  test('shows each value that changes by its path, old and new, and applies it with its row of the log', async () => {
    const at = await bench();
    const { status, lines } = await apply(at, changed);
    expect(status).toBe(0);
    expect(lines[0]).toMatch(/1001.*: applied$/);
    expect(
      lines
        .slice(1)
        .map((line) => line.trim())
        .toSorted(),
    ).toEqual(differences.toSorted());
    expect((await at.store.institution('1001'))?.lockout.afterFailures).toBe(3);
    const [row] = at.rows(`SELECT note FROM audit WHERE operation = 'institutionApply'`);
    expect(String(row?.note).split('\n').toSorted()).toEqual(differences.toSorted());
    expect((await apply(at, changed)).lines).toEqual([expect.stringMatching(/: unchanged$/)]);
  });

  test('with --dry-run shows the same and changes nothing', async () => {
    const at = await bench();
    const { status, lines } = await apply(at, changed, { dryRun: true });
    expect([status, lines.length]).toEqual([0, 1 + differences.length]);
    expect(lines[0]).toMatch(/: would be applied$/);
    expect(await at.store.institution('1001')).toEqual(at.institution);
    expect(at.rows('SELECT * FROM audit')).toEqual([]);
  });

  test('refuses a wrong file by the path of each wrong value, and nothing of it is applied', async () => {
    const at = await bench();
    const wrong = { ...changed, otp: { digits: 9 }, revoke: { general: ['everybody'] } };
    const { status, lines } = await apply(at, wrong, { json: true });
    expect(status).toBe(1);
    const { problems } = JSON.parse(lines.join('\n'));
    expect(problems.map((problem: { path: string }) => problem.path)).toEqual(['otp.digits', 'revoke.general.0']);
    expect(await at.store.institution('1001')).toEqual(at.institution);
    expect((await apply(at, '{ no json')).status).toBe(1);
  });

  test('takes a file with a byte order mark, and refuses one in Shift_JIS instead of garbling its names', async () => {
    const at = await bench();
    const file = JSON.stringify(institutionFile({ lockout: { afterFailures: 4 } }));
    expect((await apply(at, `\ufeff${file}`)).lines[0]).toMatch(/: applied$/);
    // 信用 in Shift_JIS.
    const bytes = Buffer.from(file.replace('試験', 'XXXX'), 'utf8');
    Buffer.from([0x90, 0x4d, 0x97, 0x70]).copy(bytes, bytes.indexOf('XXXX'));
    const { status, lines } = await apply(at, bytes);
    expect([status, lines.at(-1)]).toEqual([1, '  (file): expects a JSON document in UTF-8']);
    expect((await at.store.institution('1001'))?.name.ja).toBe('試験信用組合');
  });

  test('mends an institution of an older version that this one does not read, and shows what of it changes', async () => {
    const at = await bench();
    at.rows(`UPDATE institutions SET document = replace(document, '"digits":8', '"digits":9')`);
    await expect(at.store.institution('1001')).rejects.toThrow(/otp\.digits/);
    const { status, lines } = await apply(at, institutionFile());
    expect([status, ...lines]).toEqual([0, expect.stringMatching(/: applied$/), '  otp.digits: 9 → 8']);
    expect(await at.store.institution('1001')).toEqual(at.institution);
    expect(at.rows(`SELECT note FROM audit WHERE operation = 'institutionApply'`)).toEqual([
      { note: 'otp.digits: 9 → 8' },
    ]);
  });

  test('names what the file asks for and this version does not do', async () => {
    const at = await bench();
    const asked = {
      branch: { twoPersons: true },
      failureBudget: { refuse: true },
      webhooks: [{ url: 'https://x.jp/' }],
    };
    const { status, lines } = await apply(at, institutionFile(asked));
    expect(status).toBe(0);
    expect(lines.at(-1)).toBe('  Without effect in this version: failureBudget.refuse, branch.twoPersons, webhooks');
    const json = await apply(at, institutionFile(asked), { json: true });
    expect(JSON.parse(json.lines[0] ?? '').withoutEffect).toEqual([
      'failureBudget.refuse',
      'branch.twoPersons',
      'webhooks',
    ]);
    expect((await apply(at, institutionFile())).lines.join()).not.toContain('Without effect');
  });
});
