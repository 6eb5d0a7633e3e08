import type { AssignmentStatus, TokenStatus } from './state.ts';

/**
 * Where a call leads from one status: to one of `to`, or nowhere, for the reason that the caller hears. `to` lists more
 * than one status where counters or the kind of token decide.
 */
export type Cell<Status extends string> = { readonly to: readonly Status[] } | { readonly refused: string };

/** One call of a machine: every status has its cell, so that nothing is left to chance. */
export interface Call<Status extends string> {
  /** Who may make it. */
  readonly who: string;
  /** The interface's operations that make it. */
  readonly by: string;
  readonly from: Readonly<Record<Status, Cell<Status>>>;
}

const toActive = { to: ['active'] } as const;
const spent = { refused: 'serialNotReusable' } as const;

/** The token itself: it owns last step, drift and both counts. A software token starts as `active`, hardware in `stock`. */
export const tokenMachine = {
  /** The institution gives a token of its stock to a contract. */
  ship: {
    who: 'branch',
    by: 'shipment',
    from: {
      stock: { to: ['stock'] },
      active: spent,
      locked: { refused: 'locked' },
      disabled: spent,
      expired: { refused: 'tokenExpired' },
      void: spent,
    },
  },
  /** A code was right: the step is spent, the counts are cleared, the drift may move. */
  acceptCode: {
    who: 'the token’s user',
    by: 'activation, validation, resynchronisation, deactivation, revocation (the actor’s own code)',
    from: {
      stock: toActive,
      active: toActive,
      locked: { refused: 'locked' },
      disabled: { refused: 'mustBeReissued' },
      expired: { refused: 'tokenExpired' },
      void: spent,
    },
  },
  /** A code was wrong: both counts grow; the one that reaches a limit locks or disables. */
  failCode: {
    who: 'the token’s user',
    by: 'the same as for a right code',
    from: {
      stock: { to: ['stock', 'locked', 'disabled'] },
      active: { to: ['active', 'locked', 'disabled'] },
      locked: { refused: 'locked' },
      disabled: { refused: 'mustBeReissued' },
      expired: { refused: 'tokenExpired' },
      void: spent,
    },
  },
  /** 利用停止解除: a person lifts the lockout, for all who share the serial. A token that was never activated goes back to stock. */
  unlock: {
    who: 'users as the institution allows, never for a token of their own; branch',
    by: 'unlocks, unlock by serial',
    from: {
      stock: { refused: 'notLocked' },
      active: { refused: 'notLocked' },
      locked: { to: ['active', 'stock'] },
      disabled: { refused: 'mustBeReissued' },
      expired: { refused: 'tokenExpired' },
      void: { refused: 'notLocked' },
    },
  },
  /** The end of a software token: its seed is wiped. Hardware stays as it is, since others may share it. */
  wipe: {
    who: 'whoever ends its assignment',
    by: 'revocation, deactivation, calling off, replacing, compromise report',
    from: {
      stock: { refused: 'nothingToRevoke' },
      active: { to: ['void'] },
      locked: { to: ['void'] },
      disabled: { to: ['void'] },
      expired: { to: ['void'] },
      void: { refused: 'nothingToRevoke' },
    },
  },
  /** Misuse, known or suspected, loss, theft, damage, retirement: nobody uses or registers the token any more. */
  report: {
    who: 'branch',
    by: 'compromise report, PATCH hardware-tokens',
    from: {
      stock: { to: ['disabled'] },
      active: { to: ['disabled'] },
      locked: { to: ['disabled'] },
      disabled: { to: ['disabled'] },
      expired: { to: ['disabled'] },
      void: { refused: 'nothingToReport' },
    },
  },
  /** The time printed on the token is over. Computed from the record, so that no job has to run for it. */
  expire: {
    who: 'time',
    by: '-',
    from: {
      stock: { to: ['expired'] },
      active: { to: ['expired'] },
      locked: { to: ['expired'] },
      disabled: { to: ['expired'] },
      expired: { to: ['expired'] },
      void: { refused: 'tokenExpired' },
    },
  },
} as const satisfies Record<string, Call<TokenStatus>>;

const nothingToRevoke = { refused: 'nothingToRevoke' } as const;
const nothingToDeactivate = { refused: 'nothingToDeactivate' } as const;
const nothingToCancel = { refused: 'nothingToCancel' } as const;
const nothingToActivate = { refused: 'nothingToActivate' } as const;
const nothingRequested = { refused: 'nothingRequested' } as const;
const provisioningRefused = { refused: 'provisioningRefused' } as const;
const toIssued = { to: ['issued'] } as const;
const toRequested = { to: ['requested'] } as const;
/** After a revocation or deactivation that one counts again. */
const calledOff = { to: ['unregistered', 'revoked', 'deactivated'] } as const;

/**
 * A token in one user's hands. Issued anew, a user gets a new assignment; the one that ended stays as history.
 * `unregistered` is also the user who has none.
 */
export const assignmentMachine = {
  issueSoftware: {
    who: 'bank, for the user',
    by: 'software-token',
    from: {
      unregistered: toIssued,
      requested: toIssued,
      issued: toIssued,
      provisioned: toIssued,
      active: { refused: 'tokenAlreadyActive' },
      revoked: toIssued,
      deactivated: toIssued,
    },
  },
  requestHardware: {
    who: 'bank, for the user',
    by: 'hardware-token',
    from: {
      unregistered: toRequested,
      requested: toRequested,
      issued: toRequested,
      provisioned: toRequested,
      active: { refused: 'tokenAlreadyActive' },
      revoked: toRequested,
      deactivated: toRequested,
    },
  },
  /** A token was sent for the request. */
  ship: {
    who: 'branch',
    by: 'shipment',
    from: {
      unregistered: nothingRequested,
      requested: toIssued,
      issued: nothingRequested,
      provisioned: nothingRequested,
      active: nothingRequested,
      revoked: nothingRequested,
      deactivated: nothingRequested,
    },
  },
  cancelIssue: {
    who: 'bank, for the user',
    by: 'DELETE issue, a new issue in its place, DELETE user, a hardware token activated instead',
    from: {
      unregistered: nothingToCancel,
      requested: calledOff,
      issued: calledOff,
      provisioned: calledOff,
      active: nothingToCancel,
      revoked: nothingToCancel,
      deactivated: nothingToCancel,
    },
  },
  /** A wrong activation password; the fifth ends the issue. */
  guessPassword: {
    who: 'anybody who knows the User ID',
    by: 'provisioning',
    from: {
      unregistered: provisioningRefused,
      requested: provisioningRefused,
      issued: { to: ['issued', 'unregistered'] },
      provisioned: { to: ['provisioned', 'unregistered'] },
      active: provisioningRefused,
      revoked: provisioningRefused,
      deactivated: provisioningRefused,
    },
  },
  /** 初期設定: the app receives its seed. Again for the same key: nothing moves. */
  provision: {
    who: 'whoever knows User ID and activation password',
    by: 'provisioning',
    from: {
      unregistered: provisioningRefused,
      requested: provisioningRefused,
      issued: { to: ['provisioned'] },
      provisioned: { to: ['provisioned'] },
      active: provisioningRefused,
      revoked: provisioningRefused,
      deactivated: provisioningRefused,
    },
  },
  /** 認証確認 of a software token. */
  activate: {
    who: 'bank, for the user',
    by: 'activation',
    from: {
      unregistered: nothingToActivate,
      requested: { refused: 'setUpNotDone' },
      issued: { refused: 'setUpNotDone' },
      provisioned: toActive,
      active: { refused: 'tokenAlreadyActive' },
      revoked: nothingToActivate,
      deactivated: nothingToActivate,
    },
  },
  /** 利用開始登録 of a hardware token, from the stock of the contract or in use there. */
  activateSerial: {
    who: 'bank, for the user',
    by: 'activation with serial',
    from: {
      unregistered: toActive,
      requested: toActive,
      issued: toActive,
      provisioned: toActive,
      active: { refused: 'tokenAlreadyActive' },
      revoked: toActive,
      deactivated: toActive,
    },
  },
  /** 失効: others who share the token keep it. */
  revoke: {
    who: 'users as the institution allows; branch; bank, for a user who goes',
    by: 'revocations, compromise report, PATCH hardware-tokens, DELETE user',
    from: {
      unregistered: nothingToRevoke,
      requested: nothingToRevoke,
      issued: nothingToRevoke,
      provisioned: nothingToRevoke,
      active: { to: ['revoked'] },
      revoked: nothingToRevoke,
      deactivated: nothingToRevoke,
    },
  },
  /** 利用解除: users end the use of their own token. */
  deactivate: {
    who: 'bank, for the user',
    by: 'deactivation',
    from: {
      unregistered: nothingToDeactivate,
      requested: nothingToDeactivate,
      issued: nothingToDeactivate,
      provisioned: nothingToDeactivate,
      active: { to: ['deactivated'] },
      revoked: nothingToDeactivate,
      deactivated: nothingToDeactivate,
    },
  },
} as const satisfies Record<string, Call<AssignmentStatus>>;

/** Statuses from which a call leads somewhere. */
export function sourcesOf<Status extends string>(call: Call<Status>): Status[] {
  const statuses = Object.keys(call.from) as Status[];
  return statuses.filter((status) => 'to' in call.from[status]);
}

/** Why a call is refused from a status; null where it leads somewhere. */
export function refusalOf<const Of extends { from: Record<string, Cell<string>> }>(
  call: Of,
  status: keyof Of['from'] & string,
): Extract<Of['from'][keyof Of['from']], { refused: string }>['refused'] | null {
  const cell = call.from[status];
  return cell !== undefined && 'refused' in cell ? (cell.refused as never) : null;
}
