import { describe, expect, it } from 'vitest';
import { parseInstitution } from '../../shared/institution.ts';
import { type BlockReason, blockReasons, type RefusalReason } from '../../shared/wire.ts';
import { demoInstitution } from './processes.ts';
import { reasonText, wrongText } from './texts.ts';

describe('the sample bank', () => {
  /** Those that a user of software tokens can meet at issue, activation and transfer. */
  const reasons = [
    ...blockReasons,
    'beforeStartDate',
    'reissueTooEarly',
    'kindNotOffered',
    'kindChangeNotAllowed',
    'tokenAlreadyActive',
    'nothingToActivate',
    'setUpNotDone',
    'issueExpired',
    'emailNotAllowed',
    'activationPasswordWeak',
    'tokenExpired',
  ] as const satisfies readonly (BlockReason | RefusalReason)[];

  it.each(reasons)('has a sentence of its own for %s', (reason) => {
    expect(reasonText(reason)).not.toEqual(reasonText(null));
  });

  it('sends a user with an unknown reason to the branch', () => {
    expect(reasonText('somethingNew').en).toBe('Please contact your branch.');
  });

  it('says in both languages how many tries are left', () => {
    expect(wrongText('ja', 4)).toContain('あと 4 回');
    expect(wrongText('en', 1)).toContain('(1 try left)');
  });

  it('has an institution file that the verifier takes', () => {
    expect(parseInstitution(demoInstitution('http://localhost:4000'))).toHaveProperty('institution');
  });
});
