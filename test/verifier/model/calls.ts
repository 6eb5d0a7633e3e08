import fc from 'fast-check';
import { operations, roles } from '../../../shared/institution.ts';
import { outOfUseStatuses, revocationCauses, shipmentCauses, stockStatuses } from '../../../shared/wire.ts';
import type { At } from './bench.ts';

const only = <const Value>(value: Value) => fc.constant(value);
/** One of the five by number, or of those who use, are kept out of or wait for a token when the call is made. */
export interface Person {
  readonly of: 'all' | 'active' | 'locked' | 'open';
  readonly number: number;
}
const number = fc.integer({ min: 0, max: 4 });
const among = (of: Person['of']): fc.Arbitrary<Person> => fc.record({ of: only(of), number });
const weighted = (weight: number, arbitrary: fc.Arbitrary<Person>) => ({ weight, arbitrary });
const person = fc.oneof(weighted(3, among('all')), weighted(1, among('active')));
const activePerson = fc.oneof(weighted(1, among('all')), weighted(5, among('active')));
const openPerson = fc.oneof(weighted(1, among('all')), weighted(3, among('open')));
const lockedPerson = fc.oneof(weighted(1, among('all')), weighted(4, among('locked')));
/** Masters and administrators, who may unlock and revoke, more often than others. */
const acting = fc
  .oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 1 }) }, { weight: 1, arbitrary: number })
  .map((who): Person => ({ of: 'all', number: who }));
const several = (one: fc.Arbitrary<Person>) =>
  fc.oneof(
    { weight: 4, arbitrary: one.map((who) => [who]) },
    { weight: 1, arbitrary: fc.array(one, { minLength: 2, maxLength: 3 }) },
  );
const fobNumber = fc.oneof(
  { weight: 3, arbitrary: only(0) },
  { weight: 2, arbitrary: only(1) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 5 }) },
);
/** One that is in stock at the beginning, mostly. */
const spareNumber = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 3, max: 5 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 }) },
);

/**
 * A code and how it is typed: the next one that was not used yet, which somebody waits for; one of a step around the
 * token's own present one or around its last used one; or one that is wrong.
 */
export interface Code {
  readonly of: 'next' | 'now' | 'last' | 'wrong';
  readonly steps: number;
  readonly typed: 'plain' | 'fullWidth' | 'spaced' | 'hyphenated' | 'signed';
}
const typed = fc.oneof(
  { weight: 8, arbitrary: only('plain') },
  { weight: 2, arbitrary: fc.constantFrom('fullWidth', 'spaced', 'hyphenated') },
  { weight: 1, arbitrary: only('signed') },
);
const code: fc.Arbitrary<Code> = fc.oneof(
  { weight: 9, arbitrary: fc.record({ of: only('next'), steps: only(0), typed }) },
  { weight: 3, arbitrary: fc.record({ of: only('now'), steps: fc.integer({ min: -3, max: 3 }), typed }) },
  { weight: 1, arbitrary: fc.record({ of: only('now'), steps: fc.integer({ min: -22, max: 22 }), typed }) },
  { weight: 3, arbitrary: fc.record({ of: only('last'), steps: fc.integer({ min: -1, max: 1 }), typed }) },
  { weight: 4, arbitrary: fc.record({ of: only('wrong'), steps: only(0), typed }) },
);
const rightCode: fc.Arbitrary<Code> = fc.record({ of: only('next'), steps: only(0), typed: only('plain') });
const mostlyRight = fc.oneof({ weight: 3, arbitrary: rightCode }, { weight: 2, arbitrary: code });

export type Confirmation = 'right' | 'wrong' | 'misplaced';
const confirmation: fc.Arbitrary<Confirmation> = fc.oneof(
  { weight: 8, arbitrary: only('right') },
  { weight: 1, arbitrary: fc.constantFrom('wrong', 'misplaced') },
);
const operation = fc.oneof(
  { weight: 8, arbitrary: only('transfer') },
  { weight: 1, arbitrary: fc.constantFrom(...operations) },
);
const cause = fc.constantFrom(...revocationCauses);
export const at: fc.Arbitrary<At> = fc.oneof({ weight: 7, arbitrary: only(0) }, { weight: 1, arbitrary: only(1) });

const yesOrNo = fc.constantFrom('true' as const, 'false' as const);
const stockQuestions = {
  status: fc.constantFrom(...stockStatuses),
  contract: fc.constantFrom(1 as const, 2 as const),
  endsWithinHours: fc.integer({ min: -24, max: 120 }),
  inUse: yesOrNo,
  replaced: yesOrNo,
};
/** The questions to the stock, each with any of the others; what ends also alone, since few tokens answer to two. */
const stockQuery: fc.Arbitrary<{ readonly [Name in keyof typeof stockQuestions]?: StockAnswer<Name> }> = fc.oneof(
  fc.record(stockQuestions, { requiredKeys: [] }),
  fc.record({ endsWithinHours: only(120) }),
);
type StockAnswer<Name extends keyof typeof stockQuestions> =
  (typeof stockQuestions)[Name] extends fc.Arbitrary<infer Value> ? Value : never;

/** As `fc.record`, with every fact there. */
const record = <Facts extends object>(facts: { [Name in keyof Facts]: fc.Arbitrary<Facts[Name]> }) =>
  fc.record(facts) as fc.Arbitrary<Facts>;

/** Every call with its facts and how often it is made. */
export const calls = {
  putUser: [
    2,
    record({
      who: person,
      role: fc.constantFrom(...roles),
      contract: fc.constantFrom(1, 1, 1, 2),
      password: fc.boolean(),
    }),
  ],
  deleteUser: [1, record({ who: person })],
  issue: [3, record({ who: person, activationPassword: fc.constantFrom('583920', '7405', '1234'), confirmation })],
  cancel: [1, record({ who: openPerson })],
  provision: [
    4,
    record({
      who: openPerson,
      right: fc.constantFrom(true, true, true, false),
      browser: fc.constantFrom(0, 0, 1),
      times: fc.constantFrom(1, 1, 2, 5),
    }),
  ],
  activate: [4, record({ who: openPerson, code: mostlyRight })],
  setUp: [5, record({ who: person })],
  order: [2, record({ who: person, confirmation })],
  /** To the contract of a user; for their order, for one that is not there or for whichever is the oldest. */
  ship: [
    4,
    record({
      fob: spareNumber,
      who: person,
      cause: fc.constantFrom(...shipmentCauses),
      order: fc.constantFrom('oldest', 'oldest', 'theirs', 'unknown'),
      inPlaceOf: fc.oneof({ weight: 2, arbitrary: only(null) }, { weight: 1, arbitrary: fobNumber }),
    }),
  ],
  takeOutOfUse: [2, record({ fob: fc.integer({ min: 0, max: 5 }), status: fc.constantFrom(...outOfUseStatuses) })],
  unlockSerial: [2, record({ fob: fobNumber })],
  listStock: [3, record({ query: stockQuery, limit: fc.integer({ min: 1, max: 3 }) })],
  listRequests: [1, record({})],
  register: [9, record({ who: person, fob: fobNumber, code: mostlyRight })],
  validate: [14, record({ who: activePerson, operation, code })],
  wrongCodes: [5, record({ who: activePerson, times: fc.integer({ min: 2, max: 5 }) })],
  together: [4, record({ who: activePerson, other: activePerson, codes: fc.tuple(code, code), same: fc.boolean() })],
  unlock: [5, record({ actor: acting, who: several(lockedPerson), confirmation })],
  branchUnlock: [3, record({ who: several(lockedPerson) })],
  revoke: [
    4,
    record({
      actor: acting,
      who: several(activePerson),
      cause,
      confirmation,
      code: mostlyRight,
      misplaced: fc.constantFrom(false, false, false, false, true),
    }),
  ],
  branchRevoke: [2, record({ who: several(activePerson), cause })],
  deactivate: [
    2,
    record({
      who: activePerson,
      confirmation,
      code: mostlyRight,
      misplaced: fc.constantFrom(false, false, false, true),
    }),
  ],
  resynchronise: [3, record({ who: activePerson, first: mostlyRight, apart: fc.constantFrom(1, 1, 1, 1, 0, 2) })],
  reportCompromise: [1, record({ who: person, suspected: fc.boolean() })],
  requirement: [3, record({ who: person, operation })],
  getUser: [1, record({ who: person })],
  steps: [7, record({ count: fc.integer({ min: 1, max: 3 }) })],
  pass: [
    5,
    record({
      ms: fc.oneof(
        fc.integer({ min: 1, max: 90_000 }),
        fc.constantFrom(29 * 60_000, 30 * 60_000, 31 * 60_000),
        fc.integer({ min: 1, max: 30 }).map((hours) => hours * 3_600_000),
        fc.integer({ min: 2, max: 6 }).map((days) => days * 86_400_000),
      ),
    }),
  ],
  until: [
    2,
    record({
      minute: fc.constantFrom(20 * 60 + 50, 8 * 60 + 10, 0),
      offMs: fc.constantFrom(-60_000, -1, 0, 1, 60_000),
    }),
  ],
} as const;

export type Calls = typeof calls;
export type Drawn<Kind extends keyof Calls> = Calls[Kind][1] extends fc.Arbitrary<infer Value> ? Value : never;
type Found<Value> = Value extends Person ? number : Value extends Person[] ? number[] : Value;
/** What was drawn, with every person by number. */
export type Facts<Kind extends keyof Calls> = { [Name in keyof Drawn<Kind>]: Found<Drawn<Kind>[Name]> };
