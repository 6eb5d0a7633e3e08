import fc from 'fast-check';
import { type Institution, parseInstitution } from '../../../shared/institution.ts';

export function institutionOf(serviceId: string, file: object = {}): Institution {
  const parsed = parseInstitution({
    ...file,
    serviceId,
    name: { ja: '試験信用組合', en: 'Trial Credit Union' },
    origins: ['https://bank.example'],
    mail: { from: 'otp@bank.example' },
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.institution;
}

/** Institutions as different as the manuals, and more so. */
export function institutionArbitrary(serviceId: string): fc.Arbitrary<Institution> {
  const one = <Value>(...values: Value[]) => fc.constantFrom(...values);
  const roleTables = one(
    // M1, M4
    {
      unlock: { general: ['master'], administrator: [], master: [], sharedWithMaster: [] },
      revoke: { general: ['master'], administrator: ['master'], master: ['self'], actorOtp: true },
    },
    // M2
    {
      unlock: { general: [], administrator: [], master: [], sharedWithMaster: [] },
      revoke: { general: [], administrator: [], master: [], actorOtp: true },
    },
    // M3
    {
      unlock: {
        general: ['master', 'administrator'],
        administrator: ['master', 'administrator'],
        master: ['administrator'],
      },
      revoke: {
        general: ['master', 'administrator'],
        administrator: ['master', 'administrator'],
        master: ['administrator', 'self'],
        actorOtp: true,
      },
    },
    // M5, where administrators and masters do it for one another
    {
      unlock: {
        general: ['master', 'administrator'],
        administrator: ['master', 'administrator'],
        master: ['master', 'administrator'],
        sharedWithMaster: ['master', 'administrator'],
      },
      revoke: {
        general: ['master', 'administrator', 'self'],
        administrator: ['master', 'administrator'],
        master: ['master', 'administrator', 'self'],
        sharedWithMaster: ['administrator'],
        actorOtp: false,
      },
    },
  );
  const step = one(0, 1, 2);
  return fc
    .record({
      kinds: fc.oneof(
        { weight: 6, arbitrary: one(['software', 'hardware']) },
        { weight: 1, arbitrary: one(['software'], ['hardware']) },
      ),
      application: one('branch', 'selfService'),
      otp: fc.record({
        digits: one(6, 8),
        periodSeconds: one(30, 60),
        algorithm: one('SHA1', 'SHA256'),
        acceptedSteps: fc.record({ past: step, future: step }),
      }),
      drift: fc.record({
        limitSteps: one(1, 3, 10),
        activationSteps: one(2, 5),
        resynchronisationSteps: one(6, 20),
      }),
      operations: one(['transfer'], ['login', 'transfer'], ['transfer', 'approval', 'userManagement']),
      blocks: fc.record(
        {
          unregistered: one('operations', 'login', 'setUpAtLogin', 'none'),
          issued: one('operations', 'none', 'setUpAtLogin'),
          locked: one('operations', 'login', 'none'),
          expired: one('operations', 'login'),
          revoked: one('operations', 'setUpAtLogin'),
          deactivated: one('none', 'operations'),
        },
        { requiredKeys: ['unregistered', 'locked'] },
      ),
      lockout: fc.record({
        afterFailures: fc.integer({ min: 2, max: 5 }),
        disableAfterFailures: fc.integer({ min: 4, max: 12 }),
      }),
      deactivation: fc.record({ offered: one(true, true, false), actorOtp: fc.boolean() }),
      reissue: fc.record({
        gates: one('issue', 'activation'),
        waitMinutes: one(30, 30, 0),
        closed: one({ from: '20:50', until: '08:10' }, null),
        afterKindChange: one('none', 'nextDay'),
      }),
      software: fc.record({ activationMinutes: one(5, 60, 1440), toHardware: one(true, true, false) }),
      hardware: fc.record({
        sharing: one(true, true, true, false),
        reusableAfterRevocation: fc.boolean(),
        reusableAfterDeactivation: fc.boolean(),
        toSoftware: fc.boolean(),
        feesYen: one({}, { first: 500, expiry: 300 }),
      }),
      roleTables,
    })
    .map(({ roleTables: tables, ...file }) => institutionOf(serviceId, { ...file, ...tables }));
}
