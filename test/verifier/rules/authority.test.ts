import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Institution, parseInstitution, type Role, roles } from '../../../shared/institution.ts';
import { type Actor, mayRevoke, mayRevokeShared, mayUnlock, type Party } from '../../../verifier/rules/authority.ts';

function institution(name: string): Institution {
  const file = new URL(`../../../verifier/institutions/${name}.json`, import.meta.url);
  const parsed = parseInstitution(JSON.parse(readFileSync(file, 'utf8')));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.institution;
}

const party = (role: Role, loginId: string, contractId = 'c1'): Party => ({ role, loginId, contractId });

/**
 * Written from the manuals by hand: which other user's role may unlock whom. m = master, a = administrator, g = general;
 * the last column is a token that a general user and a master share.
 */
const unlockTable = {
  seikyo: { general: 'm', administrator: '', master: '', shared: '' },
  'yamagata-chuo': { general: '', administrator: '', master: '', shared: '' },
  kenshin: { general: 'ma', administrator: 'ma', master: 'a', shared: '' },
  kumashin: { general: 'ma', administrator: 'ma', master: 'ma', shared: 'ma' },
} as const;

/** Likewise who may revoke whose token; s = the user themselves, while their OTP works. */
const revokeTable = {
  seikyo: { general: 'm', administrator: 'm', master: 's' },
  'yamagata-chuo': { general: '', administrator: '', master: '' },
  kenshin: { general: 'ma', administrator: 'ma', master: 'as' },
  kumashin: { general: 'ma', administrator: 'ma', master: 'ma' },
} as const;

describe.each(Object.entries(unlockTable))('unlock at %s', (name, row) => {
  const rules = institution(name);

  test.each(roles.flatMap((actor) => roles.map((target) => ({ actor, target }))))(
    '$actor for $target',
    ({ actor, target }) => {
      const self = party(target, 'target');
      const may = mayUnlock(rules, party(actor, 'actor'), { ...self, sharers: [self] }).ok;
      expect(may).toBe(row[target].includes(actor.charAt(0)));
    },
  );

  test.each(roles)('%s for a token that a general user and a master share', (actor) => {
    const sharers = [party('general', 'g'), party('master', 'm')];
    for (const target of sharers) {
      expect(mayUnlock(rules, party(actor, 'actor'), { ...target, sharers }).ok).toBe(
        row.shared.includes(actor.charAt(0)),
      );
    }
  });

  test('nobody for themselves, for a token that they share, or in another contract', () => {
    for (const actor of roles) {
      for (const role of roles) {
        const me = party(actor, 'me');
        const other = party(role, 'other');
        expect(mayUnlock(rules, me, { ...me, sharers: [me] })).toEqual({ ok: false, reason: 'ownToken' });
        expect(mayUnlock(rules, me, { ...other, sharers: [other, me] })).toEqual({ ok: false, reason: 'sharedToken' });
        const stranger = party(role, 'other', 'c2');
        expect(mayUnlock(rules, me, { ...stranger, sharers: [stranger] })).toEqual({
          ok: false,
          reason: 'otherContract',
        });
      }
    }
  });
});

describe.each(Object.entries(revokeTable))('revocation at %s', (name, row) => {
  const rules = institution(name);

  test.each(roles.flatMap((actor) => roles.map((target) => ({ actor, target }))))(
    '$actor for another $target',
    ({ actor, target }) => {
      for (const otpWorks of [true, false]) {
        expect(mayRevoke(rules, party(actor, 'actor'), party(target, 'target'), otpWorks).ok).toBe(
          row[target].includes(actor.charAt(0)),
        );
      }
    },
  );

  test.each(roles)('%s for themselves', (role) => {
    const me = party(role, 'me');
    expect(mayRevoke(rules, me, me, true).ok).toBe(row[role].includes('s'));
    expect(mayRevoke(rules, me, me, false).ok).toBe(false);
  });

  test('nobody in another contract', () => {
    for (const actor of roles) {
      for (const target of roles) {
        expect(mayRevoke(rules, party(actor, 'me'), party(target, 'other', 'c2'), true).ok).toBe(false);
      }
    }
  });
});

describe('a token that several share', () => {
  // Seikyo names nobody for one that a master shares, Kumashin its masters and administrators.
  const [nobody, both] = [institution('seikyo'), institution('kumashin')];
  const [boss, chief, clerk] = [party('master', 'boss'), party('administrator', 'chief'), party('general', 'clerk')];
  const actors = roles.map((role) => party(role, 'actor'));

  test.each(['lost', 'stolen', 'broken'] as const)(
    'with a master among them and %s is taken by the branch, and by whom the institution names',
    (cause) => {
      for (const target of [boss, clerk]) {
        const may = (rules: Institution, actor: Actor) =>
          mayRevokeShared(rules, actor, target, [boss, clerk], cause).ok;
        expect(actors.map((actor) => may(nobody, actor))).toEqual([false, false, false]);
        expect(actors.map((actor) => may(both, actor))).toEqual([true, true, false]);
        expect([may(nobody, 'branch'), may(both, 'branch')]).toEqual([true, true]);
      }
    },
  );

  test('for another cause, without a master, or by masters alone, goes by the right for each of them', () => {
    for (const actor of actors) {
      const may = (...given: [target: Party, sharers: readonly Party[], cause: 'lost' | 'deviceChange' | 'other']) =>
        mayRevokeShared(nobody, actor, ...given).ok;
      expect([may(boss, [boss, clerk], 'deviceChange'), may(clerk, [boss, clerk], 'other')]).toEqual([true, true]);
      expect(may(clerk, [clerk, chief], 'lost')).toBe(true);
      expect([may(boss, [boss], 'lost'), may(boss, [boss, party('master', 'other')], 'lost')]).toEqual([true, true]);
    }
  });

  test('without a master is unlocked by whoever may for each of them', () => {
    const sharers = [clerk, chief];
    expect(mayUnlock(institution('kenshin'), party('master', 'actor'), { ...clerk, sharers }).ok).toBe(true);
    // Seikyo's master may for a general user, and not for an administrator.
    expect(mayUnlock(nobody, party('master', 'actor'), { ...clerk, sharers })).toEqual({
      ok: false,
      reason: 'roleNotAllowed',
    });
  });
});

test.each(Object.keys(unlockTable))('the branch may do both for everybody at %s', (name) => {
  const rules = institution(name);
  const branch: Actor = 'branch';
  for (const role of roles) {
    const target = party(role, 'target');
    expect(mayUnlock(rules, branch, { ...target, sharers: [target, party('master', 'm')] }).ok).toBe(true);
    expect(mayRevoke(rules, branch, target, false).ok).toBe(true);
  }
});
