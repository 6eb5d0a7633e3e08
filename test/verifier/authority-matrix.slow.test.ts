import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type App, type World, world } from '../manuals/world.ts';
import type { Ask } from './fixture.ts';
import { type Fob, type Manual, otpOf, type Role, written } from './office.ts';

// Who may unlock and revoke whom, at each institution, in every state and relation, through HTTP. The tables are
// written from the manuals by hand; M1 and M4 are Seikyo's, M2 Yamagata Chuo's, M3 Kenshin's, M5 Kumashin's.

const roles = ['master', 'administrator', 'general'] as const;
const states = ['unregistered', 'issued', 'active', 'locked', 'disabled', 'expired', 'revoked', 'deactivated'] as const;
type State = (typeof states)[number];
const holding = ['active', 'locked', 'disabled', 'expired'] as const;

type Who = readonly Role[];
const nobody: Who = [];
const masters: Who = ['master'];
const administrators: Who = ['administrator'];
const both: Who = ['master', 'administrator'];

interface Rules {
  /** Which other user unlocks a general user, an administrator, a master. */
  readonly unlock: Readonly<Record<Role, Who>>;
  /** Which other user revokes their token. */
  readonly revoke: Readonly<Record<Role, Who>>;
  /** Who revokes their own, while its OTP works. */
  readonly revokeOwn: Who;
  /** Whether users unlock a fob that a general user and a master share. */
  readonly unlockShared: boolean;
  /** Whether users revoke a lost fob that a master shares. */
  readonly revokeSharedLost: boolean;
  /** Whether a revocation asks for the OTP of a user who acts and has a token. */
  readonly actorOtp: boolean;
  readonly sharing: boolean;
  /** States that no user of this institution gets into. */
  readonly without: readonly State[];
}

const manuals: Readonly<Record<Manual, Rules>> = {
  seikyo: {
    // M1, M4 section 4 (4): ① the master for general users, ② and ③ the branch. Administrators are not used.
    unlock: { general: masters, administrator: nobody, master: nobody },
    unlockShared: false,
    // M1 section 4 (3), M4 section 4 (5): ① the master for general users, ② a master in time for themselves.
    revoke: { general: masters, administrator: masters, master: nobody },
    revokeOwn: masters,
    // M1 section 4 (5) ③
    revokeSharedLost: false,
    actorOtp: true,
    sharing: true,
    without: ['deactivated'],
  },
  'yamagata-chuo': {
    // M2: the institution lifts it; users take no token from each other.
    unlock: { general: nobody, administrator: nobody, master: nobody },
    unlockShared: false,
    revoke: { general: nobody, administrator: nobody, master: nobody },
    revokeOwn: nobody,
    revokeSharedLost: false,
    actorOtp: true,
    sharing: false,
    without: [],
  },
  kenshin: {
    // M3: master or administrator; a master's is an administrator's to lift.
    unlock: { general: both, administrator: both, master: administrators },
    unlockShared: false,
    revoke: { general: both, administrator: both, master: administrators },
    // M3: a master who did not revoke in time has to go to the branch, so in time they may.
    revokeOwn: masters,
    revokeSharedLost: false,
    actorOtp: true,
    sharing: false,
    // Apps do not expire.
    without: ['expired', 'deactivated'],
  },
  kumashin: {
    // M5: master or administrator, for every kind of user.
    unlock: { general: both, administrator: both, master: both },
    unlockShared: true,
    revoke: { general: both, administrator: both, master: both },
    revokeOwn: nobody,
    revokeSharedLost: true,
    actorOtp: false,
    sharing: true,
    without: ['deactivated'],
  },
};

const yes = 'yes';
/** What a token's state allows whoever may act at all. */
const unlockable: Readonly<Record<State, string>> = {
  unregistered: 'notLocked',
  issued: 'notLocked',
  active: 'notLocked',
  locked: yes,
  disabled: 'mustBeReissued',
  expired: 'tokenExpired',
  revoked: 'notLocked',
  deactivated: 'notLocked',
};
const revocable: Readonly<Record<State, string>> = {
  unregistered: 'nothingToRevoke',
  issued: 'nothingToRevoke',
  active: yes,
  locked: yes,
  disabled: yes,
  expired: yes,
  revoked: 'nothingToRevoke',
  deactivated: 'nothingToRevoke',
};
/** States in which the OTP of a token is worth nothing to whoever is asked for it. */
const otpDead: readonly State[] = ['locked', 'disabled', 'expired'];

/** How the actor stands to the target; `pair` is a third person's view of a token that a general user and a master share. */
type Relation = 'other' | 'self' | 'sharer' | 'pair' | 'otherContract';
type Act = 'unlock' | 'revoke' | 'revokeLost';

interface Cell {
  readonly act: Act;
  readonly actor: Role | 'branch';
  readonly relation: Relation;
  readonly target: Role;
  readonly state: State;
}

/** Read off the tables: `yes`, or the reason of the refusal. */
function expected(rules: Rules, { act, actor, relation, target, state }: Cell): string {
  const ofState = act === 'unlock' ? unlockable : revocable;
  if (actor === 'branch') return ofState[state];
  if (relation === 'otherContract') return 'userUnknown';
  if (act === 'unlock') {
    // Nobody unlocks themselves or what they share.
    if (relation === 'self') return 'ownToken';
    if (relation === 'sharer') return 'sharedToken';
    const may = rules.unlock[target].includes(actor) && (relation !== 'pair' || rules.unlockShared);
    return may ? ofState[state] : 'roleNotAllowed';
  }
  // Whoever is asked for an OTP first needs one that works.
  const holds = relation === 'self' || relation === 'sharer';
  if (rules.actorOtp && holds && otpDead.includes(state)) return 'otpNotWorking';
  if (relation === 'self') return rules.revokeOwn.includes(actor) ? ofState[state] : 'ownToken';
  const mastersShare = relation === 'pair' || (relation === 'sharer' && [actor, target].includes('master'));
  const leftToBranch = act === 'revokeLost' && mastersShare && !rules.revokeSharedLost;
  return rules.revoke[target].includes(actor) && !leftToBranch ? ofState[state] : 'roleNotAllowed';
}

function cells(rules: Rules, act: Act): Cell[] {
  const made: Cell[] = [];
  for (const target of roles) {
    for (const state of states.filter((each) => !rules.without.includes(each))) {
      made.push({ act, actor: 'branch', relation: 'other', target, state });
      made.push({ act, actor: target, relation: 'self', target, state });
      for (const actor of roles) {
        made.push({ act, actor, relation: 'other', target, state });
        made.push({ act, actor, relation: 'otherContract', target, state });
      }
      if (!rules.sharing || !(holding as readonly State[]).includes(state)) continue;
      if (target !== 'administrator') made.push({ act, actor: 'branch', relation: 'pair', target, state });
      for (const actor of roles) {
        made.push({ act, actor, relation: 'sharer', target, state });
        if (target !== 'administrator') made.push({ act, actor, relation: 'pair', target, state });
      }
    }
  }
  return made;
}

const tables = ['users', 'tokens', 'assignments'];
type Generator = Fob | App;
interface Person {
  readonly loginId: string;
  /** Who else holds the token. */
  readonly with: string | null;
  readonly generator: Generator | null;
}

/** Makes users in every state, two wrong OTPs being all that it takes to end a token for good. */
async function cast(name: Manual, rules: Rules) {
  const bank = await world(name, {
    lockout: { afterFailures: 1, disableAfterFailures: 2 },
    software: { activationMinutes: 10_080 },
  });
  const operation = bank.at.institution.operations[0] ?? 'login';
  let count = 0;
  const spare = new Map<string, Person[]>();

  async function make(roleNames: readonly Role[], state: State): Promise<Person> {
    const ids: string[] = [];
    for (const role of roleNames) {
      ids.push(`u${++count}`);
      await bank.user(`u${count}`, role);
    }
    const [loginId = '', partner = null] = ids;
    if (state === 'unregistered') return { loginId, with: null, generator: null };
    if (state === 'issued') {
      expect(await bank.issue(loginId)).toMatchObject({ outcome: 'issued' });
      return { loginId, with: null, generator: null };
    }
    let generator: Generator;
    if (bank.at.institution.kinds.includes('hardware')) {
      const life = state === 'expired' ? { expiresAt: new Date(bank.at.clock.nowMs() + 600_000).toISOString() } : {};
      const fob = await bank.fob(String(10_000_000 + count), life);
      for (const id of ids) await bank.holds(id, fob);
      generator = fob;
    } else {
      generator = await bank.holdsApp(loginId);
    }
    const wrong = async (status: string) =>
      expect(await bank.does(loginId, operation, generator.wrong())).toMatchObject({ reason: 'wrong', status });
    if (state === 'locked' || state === 'disabled') await wrong('locked');
    if (state === 'disabled') {
      expect((await bank.branchUnlock([loginId])).body.outcome).toBe('done');
      await wrong('locked');
      expect((await otpOf(bank.at, loginId)).reason).toBe('mustBeReissued');
    }
    if (state === 'expired') bank.minutes(10);
    if (state === 'revoked') expect((await bank.branchRevoke([loginId])).body.outcome).toBe('done');
    if (state === 'deactivated') {
      const body = { ...bank.password(loginId), otp: generator.code() };
      expect(await bank.post(`/v1/users/${loginId}/deactivation`, body)).toMatchObject({ outcome: 'accepted' });
    }
    return { loginId, with: partner, generator };
  }

  const keyOf = (roleNames: readonly Role[], state: State) => `${roleNames.join('+')} ${state}`;
  const file = new DatabaseSync(join(bank.at.folder, 'verifier.sqlite'), { readOnly: true });
  onTestFinished(() => file.close());
  return {
    bank,
    actorOtp: rules.actorOtp,
    /** Somebody in that state: one whom a refused call left there, or a new one. */
    async get(roleNames: readonly Role[], state: State): Promise<Person> {
      return spare.get(keyOf(roleNames, state))?.pop() ?? (await make(roleNames, state));
    },
    putBack(roleNames: readonly Role[], state: State, person: Person): void {
      spare.set(keyOf(roleNames, state), [...(spare.get(keyOf(roleNames, state)) ?? []), person]);
    },
    /** Everything that is stored of users and tokens, but for the number of a token's newest row in the log. */
    stored: () =>
      JSON.stringify(
        tables.map((table) => file.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()),
        (key, value) => (key === 'audit_number' ? undefined : value),
      ),
  };
}
type Cast = Awaited<ReturnType<typeof cast>>;

/** The status that a list shows in each state. */
const shownAs: Readonly<Record<State, string>> = {
  unregistered: 'unregistered',
  issued: 'issued',
  active: 'active',
  locked: 'locked',
  disabled: 'locked',
  expired: 'expired',
  revoked: 'revoked',
  deactivated: 'deactivated',
};

async function ask(bank: World, cell: Cell, actor: string, person: Person, asksOtp: boolean) {
  const cause = cell.act === 'revokeLost' ? 'lost' : 'other';
  if (cell.actor === 'branch') {
    const answer =
      cell.act === 'unlock'
        ? await bank.branchUnlock([person.loginId])
        : await bank.branchRevoke([person.loginId], { cause });
    return answer.body;
  }
  if (cell.act === 'unlock') return bank.unlock(actor, [person.loginId]);
  const holds = cell.relation === 'sharer' || cell.relation === 'self';
  const uses = holds && (holding as readonly State[]).includes(cell.state);
  // Codes of an app or a fob are accepted once, and the clock goes on for whoever comes next.
  const otp = asksOtp && uses ? { otp: person.generator?.code() } : {};
  bank.minutes(1);
  return bank.revoke(actor, [person.loginId], { cause, ...otp });
}

/** Carries one cell out and tells how it differs from the table; an empty list where it does not. */
async function tried(at: Cast, cell: Cell, rules: Rules): Promise<string[]> {
  const { bank } = at;
  const roleNames: Role[] = [cell.target];
  if (cell.relation === 'sharer') roleNames.push(cell.actor as Role);
  if (cell.relation === 'pair') roleNames.push(cell.target === 'general' ? 'master' : 'general');
  const person = await at.get(roleNames, cell.state);
  const actor =
    cell.relation === 'self'
      ? person.loginId
      : cell.relation === 'sharer'
        ? (person.with ?? '')
        : `${cell.relation === 'otherContract' ? 'stranger' : 'actor'}-${cell.actor}`;
  const differences: string[] = [];
  const say = (what: string) => differences.push(`${JSON.stringify(cell)}: ${what}`);
  if ((await otpOf(bank.at, person.loginId)).status !== shownAs[cell.state]) say('is not in that state');

  const wanted = expected(rules, cell);
  const before = at.stored();
  const answer = await ask(bank, cell, actor, person, at.actorOtp);
  const [result] = answer.results;
  const got = answer.outcome === 'done' ? yes : (answer.reason ?? result.reason);
  if (got !== wanted) say(`expected ${wanted}, got ${got}`);

  const shown = await otpOf(bank.at, person.loginId);
  if (got !== yes) {
    if (at.stored() !== before) say('was refused and changed something');
    if (answer.reason === null && result.outcome !== 'refused') say(`${result.outcome} though refused`);
    at.putBack(roleNames, cell.state, person);
    return differences;
  }
  const after = cell.act === 'unlock' ? ['unlocked', 'active'] : ['revoked', 'revoked'];
  if (result.outcome !== after[0] || result.status !== after[1] || shown.status !== after[1]) {
    say(`${result.outcome}, ${result.status}, shown as ${shown.status}`);
  }
  if (person.with !== null) {
    // Unlocking follows the serial; a revocation is one user's.
    const theirs = (await otpOf(bank.at, person.with)).status;
    if (theirs !== (cell.act === 'unlock' ? 'active' : shownAs[cell.state])) say(`the other one is ${theirs}`);
  }
  return differences;
}

/** How the branch's calls on the stock answer somebody who may not make them. */
async function statusesOnStock(ask: Ask): Promise<number[]> {
  const path = '/v1/branch/hardware-tokens';
  const serial = '10000001';
  const shipment = { ...written, contractId: 'C-1', cause: 'first' };
  return [
    (await ask('GET', path)).status,
    (await ask('POST', `${path}/${serial}/shipment`, shipment)).status,
    (await ask('POST', `${path}/${serial}/unlock`, written)).status,
    (await ask('PATCH', `${path}/${serial}`, { ...written, status: 'lost' })).status,
  ];
}

const acts: readonly Act[] = ['unlock', 'revoke', 'revokeLost'];
/** Cells of each act: three roles in each state, eight ways of standing to them, and those who share. */
const counts: Readonly<Record<Manual, number>> = { seikyo: 236, 'yamagata-chuo': 192, kenshin: 144, kumashin: 236 };

describe.each(Object.entries(manuals) as [Manual, Rules][])('%s', (name, rules) => {
  test.each(acts)('%s: every role, relation and state', async (act) => {
    const at = await cast(name, rules);
    for (const role of roles) {
      await at.bank.user(`actor-${role}`, role);
      await at.bank.user(`stranger-${role}`, role, { contractId: 'C-2' });
    }
    const all = cells(rules, act);
    const differences: string[] = [];
    for (const cell of all) differences.push(...(await tried(at, cell, rules)));
    expect(differences).toEqual([]);
    expect(all).toHaveLength(counts[name]);
  });

  test('whoever is nobody, or has the wrong key or none, does nothing to anybody', async () => {
    const at = await cast(name, rules);
    const { bank } = at;
    await bank.user('actor-master', 'master');
    const wrongKey: string[] = [];
    for (const target of roles) {
      for (const state of states.filter((each) => !rules.without.includes(each))) {
        const { loginId } = await at.get([target], state);
        const before = at.stored();
        const loginIds = [loginId];
        const unlocking = { actor: 'actor-master', ...bank.password('actor-master'), loginIds };
        const revoking = { ...unlocking, cause: 'other' };
        const byNobody = { loginIds, actor: 'nobody' };
        const answers = [
          (await bank.at.bank('POST', '/v1/unlocks', byNobody)).status,
          (await bank.at.bank('POST', '/v1/revocations', { ...byNobody, cause: 'other' })).status,
          (await bank.at.branch('POST', '/v1/unlocks', unlocking)).status,
          (await bank.at.branch('POST', '/v1/revocations', revoking)).status,
          (await bank.at.bank('POST', '/v1/branch/unlocks', { ...written, loginIds })).status,
          (await bank.at.bank('POST', '/v1/branch/revocations', { ...written, loginIds })).status,
          (await bank.at.anyone('POST', '/v1/unlocks', unlocking)).status,
          (await bank.at.anyone('POST', '/v1/revocations', revoking)).status,
          (await bank.at.anyone('POST', '/v1/branch/unlocks', { ...written, loginIds })).status,
          (await bank.at.anyone('POST', '/v1/branch/revocations', { ...written, loginIds })).status,
          ...(await statusesOnStock(bank.at.bank)),
          ...(await statusesOnStock(bank.at.anyone)),
        ];
        const wanted = [404, 404, 403, 403, 403, 403, 401, 401, 401, 401, 403, 403, 403, 403, 401, 401, 401, 401];
        if (String(answers) !== String(wanted)) wrongKey.push(`${target} ${state}: ${answers}`);
        if (at.stored() !== before) wrongKey.push(`${target} ${state}: changed`);
      }
    }
    expect(wrongKey).toEqual([]);
  });
});
