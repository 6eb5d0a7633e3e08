import type { Text } from './texts.ts';

/** One of the sample banks: the same program, another institution. */
export interface Profile {
  readonly kind: 'software' | 'hardware';
  readonly bankName: Text;
  /** Of the crest. */
  readonly colour: string;
  readonly contract: { readonly contractId: string; readonly name: string };
  /** Logins of a demo that anybody may know: they are printed at the start. */
  readonly logins: readonly {
    readonly loginId: string;
    readonly password: string;
    readonly role: 'master' | 'general';
    readonly name: Text;
  }[];
  /** A name for each bank: cookies of one host are shared by all its ports. */
  readonly sessionCookie: string;
}

export const profiles = {
  software: {
    kind: 'software',
    bankName: { ja: '見本信用組合', en: 'Mihon Credit Union' },
    colour: '#27408b',
    contract: { contractId: 'C-9001', name: '見本商事株式会社 / Mihon Trading Co.' },
    logins: [
      { loginId: 'hanako', password: 'mihon-hanako', role: 'master', name: { ja: '見本 花子', en: 'Hanako Mihon' } },
      { loginId: 'taro', password: 'mihon-taro', role: 'general', name: { ja: '見本 太郎', en: 'Taro Mihon' } },
    ],
    sessionCookie: 'session',
  },
  hardware: {
    kind: 'hardware',
    bankName: { ja: '見本商工信用組合', en: 'Mihon Shoko Credit Union' },
    colour: '#1f7a4d',
    contract: { contractId: 'C-9101', name: '見本工業株式会社 / Mihon Works Co.' },
    logins: [
      { loginId: 'ichiro', password: 'mihon-ichiro', role: 'master', name: { ja: '見本 一郎', en: 'Ichiro Mihon' } },
      { loginId: 'midori', password: 'mihon-midori', role: 'general', name: { ja: '見本 緑', en: 'Midori Mihon' } },
    ],
    sessionCookie: 'session-hardware',
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;
