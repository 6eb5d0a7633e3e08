import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

// Every rule that the five manuals give, with the test that shows it. M1 and M4 are Seikyo's manuals (hardware,
// software), M2 Yamagata Chuo's, M3 Kenshin's, M5 Kumashin's; `ours` marks what they leave open and we chose.

type Source = 'M1' | 'M2' | 'M3' | 'M4' | 'M5' | 'ours';
type Shown = readonly [file: string, test: string];
interface Rule {
  readonly id: string;
  readonly rule: string;
  readonly from: readonly Source[];
  readonly shownBy: readonly Shown[];
}

const m1 = 'test/manuals/m1-seikyo-hardware.test.ts';
const m2 = 'test/manuals/m2-yamagata-chuo.test.ts';
const m3 = 'test/manuals/m3-kenshin.test.ts';
const m4 = 'test/manuals/m4-seikyo-software.test.ts';
const m5 = 'test/manuals/m5-kumashin.test.ts';
const stock = 'test/manuals/hardware-stock.test.ts';
const matrix = 'test/verifier/authority-matrix.slow.test.ts';
const everyCell = '%s: every role, relation and state';
const all: readonly Source[] = ['M1', 'M2', 'M3', 'M4', 'M5'];

const rules: readonly Rule[] = [
  // --- OTP ---
  {
    id: 'otp.every-minute',
    rule: 'A new OTP comes every minute.',
    from: all,
    shownBy: [
      [m1, 'a new OTP comes every minute'],
      [m4, 'a new OTP comes every minute, and one that was used is void at once'],
      ['test/shared/otp.test.ts', 'change at the first millisecond of a step and not before'],
    ],
  },
  {
    id: 'otp.single-use',
    rule: 'An accepted OTP is void at once, in every spelling and for every operation.',
    from: all,
    shownBy: [
      [m1, 'an OTP that was used is void at once'],
      [m2, 'a new one every minute, void once it was used'],
      [m3, 'a new OTP every minute, void once it was used'],
      ['test/verifier/validate.test.ts', 'is accepted once and refused as replayed in every spelling'],
    ],
  },
  {
    id: 'otp.eight-digits',
    rule: 'An app shows eight digits.',
    from: ['M3'],
    shownBy: [[m3, 'login, issue, mail with both IDs, set-up, 認証確認, top page']],
  },
  {
    id: 'otp.of-the-token',
    rule: 'Digits, algorithm and period are the token’s own, 6 to 8 digits and 60 or 30 seconds.',
    from: ['ours'],
    shownBy: [
      ['test/shared/otp.test.ts', 'agree with an independent implementation for every algorithm, length and period'],
      ['test/verifier/validate.test.ts', 'is refused at each step boundary of its life (period %i s)'],
    ],
  },
  {
    id: 'otp.remaining-time',
    rule: 'The app shows how many seconds an OTP still has, as [0:58].',
    from: ['M3'],
    shownBy: [
      ['test/extension/face/format.test.ts', 'writes the remaining time as the manuals do'],
      ['test/browser/walk.e2e.test.ts', 'shows the code that an independent implementation gives'],
    ],
  },
  {
    id: 'otp.offline',
    rule: 'The app shows OTPs without any communication.',
    from: ['M4'],
    shownBy: [['test/browser/walk.e2e.test.ts', 'shows codes without any network']],
  },
  {
    id: 'otp.clock',
    rule: 'The app needs the right time, and the set-up says so where it is wrong.',
    from: ['M3', 'M4'],
    shownBy: [
      [m3, 'the app can ask for the right time'],
      [
        'test/browser/set-up.e2e.test.ts',
        'warns of a clock that is 10 minutes off with the difference that it measured',
      ],
    ],
  },
  {
    id: 'otp.half-width',
    rule: 'OTPs are half-width digits; full-width ones are understood.',
    from: all,
    shownBy: [
      [m1, '手順1: the OTP is typed, half-width or full-width, and the transaction is carried out'],
      ['test/verifier/validate.test.ts', 'is accepted in full-width digits and with spaces'],
    ],
  },

  // --- What needs an OTP ---
  {
    id: 'needs.important-operations',
    rule: 'Seikyo asks at approvals and transfers and not at the login.',
    from: ['M1', 'M4'],
    shownBy: [
      [m1, '(2) a user without the set-up cannot approve or transfer, and does everything else'],
      [m1, '手順2–4: log in, type serial and OTP, arrive at the top page'],
    ],
  },
  {
    id: 'needs.login',
    rule: 'Yamagata Chuo and Kumashin ask at the login.',
    from: ['M2', 'M5'],
    shownBy: [
      [m2, 'the OTP is asked for at the login and nowhere else'],
      [m5, 'the login needs an OTP, nothing else does; a new one every minute, void once it was used'],
    ],
  },
  {
    id: 'needs.seven-operations',
    rule: 'Kenshin asks at seven operations; not at the login, nor at transfers to registered payees.',
    from: ['M3'],
    shownBy: [[m3, 'seven operations need an OTP; the login and transfers to registered payees do not']],
  },
  {
    id: 'not-set-up.operations',
    rule: 'At Seikyo a user without the set-up cannot carry out the important operations.',
    from: ['M1', 'M4'],
    shownBy: [
      [m1, '(2) a user without the set-up cannot approve or transfer, and does everything else'],
      [m4, '(3) before the set-up is done approval and transfer are closed'],
    ],
  },
  {
    id: 'not-set-up.activation-screen',
    rule: 'At Kumashin the login leads to the activation screen.',
    from: ['M5'],
    shownBy: [
      [m5, '手順1 (BLG3020): the login leads to serial and OTP, then to the top page; later logins ask for an OTP'],
    ],
  },
  {
    id: 'not-set-up.issue-screen',
    rule: 'At Kenshin the login leads to the issue screen.',
    from: ['M3'],
    shownBy: [[m3, 'login, issue, mail with both IDs, set-up, 認証確認, top page']],
  },
  {
    id: 'not-set-up.nothing',
    rule: 'At Yamagata Chuo nothing is closed; the OTP is asked for from the next login after the activation on.',
    from: ['M2'],
    shownBy: [
      [
        m2,
        '手順1–5: the user logs in without an OTP, chooses the kind, types the confirmation password, and has ordered',
      ],
      [m2, '手順1–4: serial and OTP of the fob; the result shows serial and expiry, and the next login asks'],
    ],
  },
  {
    id: 'locked.operations',
    rule: 'A lockout closes the important operations at Seikyo, not the login.',
    from: ['M1', 'M4'],
    shownBy: [
      [m1, 'wrong OTPs in a row close approval and transfer, not the login; an accepted one starts the count anew'],
      [m4, '① a general user’s is lifted by the master'],
    ],
  },
  {
    id: 'locked.login',
    rule: 'A lockout closes the login at Yamagata Chuo and Kumashin.',
    from: ['M2', 'M5'],
    shownBy: [
      [m2, 'wrong OTPs in a row close the login; the institution lifts it on contact, without a written application'],
      [m5, '手順1–5: the manual’s own list: two are chosen and 利用可能 again'],
    ],
  },
  {
    id: 'locked.service',
    rule: 'A lockout closes the whole service at Kenshin.',
    from: ['M3'],
    shownBy: [[m3, 'wrong OTPs in a row stop the whole service']],
  },
  {
    id: 'expired.as-locked',
    rule: 'An expired token closes what a lockout closes.',
    from: ['M1'],
    shownBy: [
      [m1, 'holds to the printed minute in Japan; afterwards approval and transfer are closed, the login is not'],
      [m5, '【参考1】 the expiry holds to the minute in Japan, and then closes the login'],
    ],
  },
  {
    id: 'revoked.no-login',
    rule: 'At Kumashin a user whose token was revoked cannot log in.',
    from: ['M5'],
    shownBy: [
      [m5, '手順1–5: the manual’s list, two chosen, and the result with serial and expiry of what was revoked'],
    ],
  },
  {
    id: 'deactivated.login-open',
    rule: 'After a deactivation no OTP is asked for and the login stays open.',
    from: ['M2'],
    shownBy: [[m2, '手順1–4: confirmation password and OTP end it; the login stays open and asks for no OTP']],
  },
  {
    id: 'start-date',
    rule: 'Nothing changes for a user before the contract’s start date.',
    from: ['M1', 'M3', 'M4'],
    shownBy: [
      [m1, 'before the start date nothing changes; from it on the first login brings the set-up'],
      [m3, 'nothing changes for the user before the branch’s start date'],
      [m4, 'before the start date nothing changes; from it on the first use brings the issue'],
      [m5, 'STEP 1 and 2: the fob is applied for at the counter and shipped before the start date'],
    ],
  },

  // --- Kinds and limits ---
  {
    id: 'kinds.one-token',
    rule: 'A user holds one token, software or hardware.',
    from: ['M1', 'M2', 'M4', 'M5'],
    shownBy: [
      [m1, '※ a user takes either a software or a hardware token'],
      [m2, '手順3: a software token may be chosen instead'],
    ],
  },
  {
    id: 'kinds.software-only',
    rule: 'Kenshin knows software tokens only.',
    from: ['M3'],
    shownBy: [[m3, 'there are software tokens only']],
  },
  {
    id: 'kinds.one-device',
    rule: 'The software token of a login ID lives in one app.',
    from: ['M4'],
    shownBy: [
      [m4, '(2) one login ID has one device: an issue is set up once, and no second one is issued beside it'],
      ['test/verifier/provision.test.ts', 'of 20 at once with 20 keys goes to exactly one of them'],
    ],
  },
  {
    id: 'app.ten-tokens',
    rule: 'One app holds up to ten tokens, of several institutions or users.',
    from: ['M4'],
    shownBy: [
      ['test/extension/vault.test.ts', 'are at most ten, also when they come at once'],
      [
        'test/extension/activation.test.ts',
        'refuses the eleventh token before it sends anything, and none in place of another',
      ],
      [m4, '(8) users of several contracts each have a token of their own'],
    ],
  },
  {
    id: 'app.display-names',
    rule: 'Tokens of one institution are called _2, _3 … in order of adding, or bear the user’s text.',
    from: ['M4'],
    shownBy: [
      ['test/extension/vault.test.ts', 'of one institution are told apart by _2, _3 in order of adding'],
      ['test/extension/vault.test.ts', 'bear the person’s own text instead, until it is emptied'],
    ],
  },
  {
    id: 'sharing.one-contract',
    rule: 'Several users of one contract share a fob by registering its serial.',
    from: ['M1', 'M5'],
    shownBy: [
      [m1, 'several users of one contract register the same fob; an OTP of it counts once among them'],
      [m1, 'not with users of another contract'],
      [m5, '【参考2】 several users register one fob, within one contract'],
    ],
  },
  {
    id: 'sharing.one-counter',
    rule: 'Single use, drift and lockout of a shared token hold for all who share it.',
    from: ['M1', 'M5'],
    shownBy: [
      [
        'test/verifier/activate-hardware.test.ts',
        'lets a user under the same contract register a serial in use; step, drift and lockout are the token’s',
      ],
      [m1, '③ a shared one closes for everybody who shares it, and the branch lifts it, in writing'],
    ],
  },
  {
    id: 'kinds.software-to-hardware',
    rule: 'Software may become hardware.',
    from: ['M2'],
    shownBy: [[m2, '手順2 ②: software to hardware, deactivated at %s: ordered at once, activated from %s on']],
  },
  {
    id: 'kinds.hardware-stays',
    rule: 'Hardware never becomes software.',
    from: ['M2'],
    shownBy: [[m2, '手順2 ②: hardware to software never']],
  },

  // --- Issue, provisioning, activation ---
  {
    id: 'issue.at-first-login',
    rule: 'From the start date on the first login offers the issue: e-mail address, activation password of 4 to 8 digits.',
    from: ['M3', 'M4'],
    shownBy: [
      [m3, 'login, issue, mail with both IDs, set-up, 認証確認, top page'],
      [m4, '手順3–10: issue, mail, IDs on the screen, set-up in the app, 認証確認, top page'],
      [m4, '手順3: %j is no activation password of 4 to 8 digits'],
      [m4, '手順3: %j is one, and the app takes it once'],
    ],
  },
  {
    id: 'issue.skipped',
    rule: 'A user who was issued a token already goes on to its confirmation.',
    from: ['M3'],
    shownBy: [[m3, '手順1 ※ トークン発行の省略: whoever was issued a token goes on with 認証確認']],
  },
  {
    id: 'issue.mail-with-ids',
    rule: 'Kenshin mails Service ID, User ID, the address of the app and whom to ask.',
    from: ['M3'],
    shownBy: [[m3, 'login, issue, mail with both IDs, set-up, 認証確認, top page']],
  },
  {
    id: 'issue.mail-without-ids',
    rule: 'Seikyo mails the address alone; the IDs stand on the screen.',
    from: ['M4'],
    shownBy: [[m4, '手順3–10: issue, mail, IDs on the screen, set-up in the app, 認証確認, top page']],
  },
  {
    id: 'issue.replaced',
    rule: 'Without the mail the user starts again, and no gate stands in the way.',
    from: ['M4', 'ours'],
    shownBy: [
      [m4, '手順5 ※: without the mail the user starts again at once, and the first issue is worth nothing'],
      ['test/verifier/revoke.test.ts', 'an open issue is replaced without any gate'],
    ],
  },
  {
    id: 'issue.addresses',
    rule: 'An institution may refuse the mail addresses of computers; none does by default.',
    from: ['M4', 'ours'],
    shownBy: [[m4, '手順3: an institution may refuse the addresses of computers; by default none is']],
  },
  {
    id: 'provisioning.in-the-app',
    rule: 'The app takes Service ID, User ID and activation password and sends them.',
    from: ['M3', 'M4'],
    shownBy: [
      ['test/extension/activation.test.ts', 'takes IDs and password as people type them'],
      ['test/browser/walk.e2e.test.ts', 'sets the token up from the link in the mail'],
    ],
  },
  {
    id: 'provisioning.not-the-end',
    rule: 'After the set-up in the app one OTP at the bank is still to come; only then is the token in use.',
    from: ['M3', 'M4'],
    shownBy: [
      [m3, 'login, issue, mail with both IDs, set-up, 認証確認, top page'],
      [m4, '(3) before the set-up is done approval and transfer are closed'],
    ],
  },
  {
    id: 'hardware.self-service',
    rule: 'At Yamagata Chuo the user orders with the confirmation password, and the institution ships.',
    from: ['M2'],
    shownBy: [
      [
        m2,
        '手順1–5: the user logs in without an OTP, chooses the kind, types the confirmation password, and has ordered',
      ],
      [m2, 'STEP 1–4: order, receive, activate, use'],
    ],
  },
  {
    id: 'hardware.result',
    rule: 'The activation’s result shows serial and expiry, to the minute.',
    from: ['M2'],
    shownBy: [
      [m2, '手順1–4: serial and OTP of the fob; the result shows serial and expiry, and the next login asks'],
      ['test/extension/face/format.test.ts', 'writes an expiry in Japan time, to the minute'],
    ],
  },
  {
    id: 'issue.called-off',
    rule: 'An open issue or order can be called off.',
    from: ['ours'],
    shownBy: [
      [m2, 'an order can be called off, and the list shows 未登録 again'],
      ['test/verifier/issue-software.test.ts', 'ends it; without an open one it is refused'],
    ],
  },
  {
    id: 'hardware.by-branch',
    rule: 'At Seikyo and Kumashin the branch takes the application for hardware.',
    from: ['M1', 'M5'],
    shownBy: [
      [m1, 'hardware is applied for at the branch, not in the internet bank'],
      [m5, 'STEP 1 and 2: the fob is applied for at the counter and shipped before the start date'],
    ],
  },
  {
    id: 'hardware.first-login',
    rule: 'From the start date on the first login shows the activation: serial and OTP, then the top page.',
    from: ['M1', 'M5'],
    shownBy: [
      [m1, '手順2–4: log in, type serial and OTP, arrive at the top page'],
      [m5, '手順1 (BLG3020): the login leads to serial and OTP, then to the top page; later logins ask for an OTP'],
    ],
  },
  {
    id: 'hardware.serial-digits',
    rule: 'A serial has 8 to 12 digits.',
    from: ['M1', 'M2', 'M5'],
    shownBy: [
      [m1, '手順3: the serial has 8 to 12 digits and belongs to a fob that was shipped'],
      ['test/shared/digits.test.ts', '%s has %3$d to %4$d digits'],
    ],
  },
  {
    id: 'hardware.gated-registration',
    rule: 'Where the user has no step of issue, the gate stands at the registration of the new fob.',
    from: ['M1', 'M5'],
    shownBy: [
      [m1, '手順4 ※: revoked at %s, the new fob is set up from %s on'],
      [m5, '手順4: revoked at %s, a new fob is registered from %s on'],
    ],
  },
  {
    id: 'device.revoke-first',
    rule: 'Before a change of device the token is revoked, then issued again.',
    from: ['M3', 'M4'],
    shownBy: [
      [m3, 'before %s changes the device, may %s revoke: %s'],
      [m4, 'the master revokes before it, and the new device is set up'],
    ],
  },
  {
    id: 'device.deactivate-first',
    rule: 'At Yamagata Chuo the user deactivates with the old device, then issues and activates with the new one.',
    from: ['M2'],
    shownBy: [
      [m2, '手順2 ①: another device: deactivate with the old one, issue and activate with the new one, at once'],
    ],
  },

  // --- Status and lists ---
  {
    id: 'status.five',
    rule: 'Not registered, issued, in use, expired and revoked are told apart.',
    from: ['M2', 'M5'],
    shownBy: [
      [m5, '手順1–5: the manual’s list, two chosen, and the result with serial and expiry of what was revoked'],
    ],
  },
  {
    id: 'lists.unlock',
    rule: 'The unlock list has login ID, name, role, serial and whether the authentication is stopped.',
    from: ['M5'],
    shownBy: [[m5, '手順1–5: the manual’s own list: two are chosen and 利用可能 again']],
  },
  {
    id: 'lists.revocation',
    rule: 'The revocation list adds status and expiry, with nothing where there is none.',
    from: ['M5'],
    shownBy: [
      [m5, '手順1–5: the manual’s list, two chosen, and the result with serial and expiry of what was revoked'],
    ],
  },
  {
    id: 'lists.results',
    rule: 'The results name the chosen users; a revocation’s still shows serial and expiry.',
    from: ['M5'],
    shownBy: [
      [m5, '手順1–5: the manual’s list, two chosen, and the result with serial and expiry of what was revoked'],
      [m1, '手順1–4: the master chooses users, types confirmation password and OTP and sees the result'],
    ],
  },

  // --- Lockout and unlock ---
  {
    id: 'lockout.in-a-row',
    rule: 'A number of wrong OTPs in a row locks, five by our choice; an accepted one clears the count.',
    from: all,
    shownBy: [
      [m1, 'wrong OTPs in a row close approval and transfer, not the login; an accepted one starts the count anew'],
      ['test/verifier/validate.test.ts', 'are forgotten after an accepted one'],
    ],
  },
  {
    id: 'unlock.password-alone',
    rule: 'Unlocking asks for the confirmation password of the one who acts and nothing else.',
    from: ['M1', 'M3', 'M4', 'M5'],
    shownBy: [
      [m1, '手順1–4: the master chooses users, types the confirmation password and sees the result'],
      [m3, '%s was stopped; may %s lift it: %s'],
      [m4, '手順3–4: confirmation password and no OTP; the result shows who may go on'],
      [m5, '手順1–5: the manual’s own list: two are chosen and 利用可能 again'],
    ],
  },
  {
    id: 'unlock.follows-serial',
    rule: 'Unlocking one unlocks all who share the serial.',
    from: ['M5'],
    shownBy: [[m5, '手順4: whoever uses the same serial is lifted with it']],
  },
  {
    id: 'unlock.nobody-themselves',
    rule: 'Nobody unlocks themselves or a token that they share.',
    from: ['M1', 'M3', 'M4', 'ours'],
    shownBy: [
      [matrix, everyCell],
      [m5, 'nobody lifts what they share; the branch always may, without a written application'],
    ],
  },
  {
    id: 'unlock.seikyo',
    rule: 'Seikyo: the master for general users; masters and shared tokens are the branch’s.',
    from: ['M1', 'M4'],
    shownBy: [
      [matrix, everyCell],
      [m1, '② a master’s is lifted by the branch, in writing, and by nobody else'],
      [m4, '② a master’s is lifted by the branch, in writing'],
    ],
  },
  {
    id: 'unlock.yamagata',
    rule: 'Yamagata Chuo: the institution alone.',
    from: ['M2'],
    shownBy: [
      [matrix, everyCell],
      [m2, 'no user lifts it, of whichever role'],
    ],
  },
  {
    id: 'unlock.kenshin',
    rule: 'Kenshin: master or administrator; a master’s is an administrator’s, or the branch’s where there is none.',
    from: ['M3'],
    shownBy: [
      [matrix, everyCell],
      [m3, '%s was stopped; may %s lift it: %s'],
      [m3, 'a master without an administrator goes to the branch, with an application'],
    ],
  },
  {
    id: 'unlock.kumashin',
    rule: 'Kumashin: master or administrator, for every role.',
    from: ['M5'],
    shownBy: [
      [matrix, everyCell],
      [m5, 'a stopped %s, and another %s acts: %s'],
    ],
  },
  {
    id: 'unlock.branch',
    rule: 'The branch always may: in writing at Seikyo and Kenshin, on contact at Yamagata Chuo.',
    from: ['M1', 'M2', 'M3', 'M4', 'ours'],
    shownBy: [
      [m1, '② a master’s is lifted by the branch, in writing, and by nobody else'],
      [m2, 'wrong OTPs in a row close the login; the institution lifts it on contact, without a written application'],
      [m3, 'a master without an administrator goes to the branch, with an application'],
      [m5, 'nobody lifts what they share; the branch always may, without a written application'],
    ],
  },

  // --- Revocation, deactivation, reissue ---
  {
    id: 'revoke.per-user',
    rule: 'A revocation is for the users chosen, one or several; others who share the token keep it.',
    from: ['M1', 'M3', 'M4', 'M5'],
    shownBy: [
      [m1, 'a master gives up their own fob in time, and whoever shares it keeps it'],
      [m4, '手順3–4: confirmation password and the master’s OTP; the result shows the users'],
      [m5, '手順1–5: the manual’s list, two chosen, and the result with serial and expiry of what was revoked'],
    ],
  },
  {
    id: 'revoke.who',
    rule: 'Seikyo: the master. Kenshin and, by our choice, Kumashin: master or administrator. Yamagata Chuo: no user.',
    from: ['M1', 'M3', 'M4', 'ours'],
    shownBy: [
      [matrix, everyCell],
      [m1, 'only the master revokes'],
      [m2, 'nor does any user revoke; a lost fob is the institution’s to revoke'],
      [m3, 'before %s changes the device, may %s revoke: %s'],
    ],
  },
  {
    id: 'revoke.password-and-otp',
    rule: 'A revocation asks for the confirmation password, and for the OTP of an actor who uses one.',
    from: ['M1', 'M3', 'M4'],
    shownBy: [
      [m1, '手順1–4: the master chooses users, types confirmation password and OTP and sees the result'],
      [m1, '手順3 ※: a master who uses no OTP is asked for the confirmation password alone'],
      [m4, '手順3 ※: a master without a token is asked for no OTP'],
    ],
  },
  {
    id: 'revoke.password-alone',
    rule: 'Kumashin asks for the confirmation password alone.',
    from: ['M5'],
    shownBy: [
      [m5, '手順1–5: the manual’s list, two chosen, and the result with serial and expiry of what was revoked'],
    ],
  },
  {
    id: 'revoke.own-in-time',
    rule: 'A master may revoke their own token while its OTP works.',
    from: ['M1', 'M3', 'M4'],
    shownBy: [
      [matrix, everyCell],
      [m1, '② the master revokes their own before it, and is left to the branch, in writing, after it'],
      [m4, 'the master revokes before it, and the new device is set up'],
    ],
  },
  {
    id: 'revoke.own-too-late',
    rule: 'Too late, a master’s is the branch’s, in writing; at Kenshin an administrator’s first.',
    from: ['M1', 'M3', 'M4'],
    shownBy: [
      [m1, '② the master revokes their own before it, and is left to the branch, in writing, after it'],
      [m3, 'a master who is too late: an administrator revokes, and where there is none the branch'],
      [m4, '② without it a master has no OTP to revoke with; the branch does, in writing'],
    ],
  },
  {
    id: 'revoke.expired',
    rule: 'A general user’s token is revoked before or after its expiry; at Kumashin an expired master’s too.',
    from: ['M1', 'M5'],
    shownBy: [
      [m1, '① the master revokes a general user’s at %s, and the new fob is set up'],
      [m5, '手順1–5: the manual’s list, two chosen, and the result with serial and expiry of what was revoked'],
    ],
  },
  {
    id: 'gate.edges',
    rule: '30 minutes after a revocation; after one between 20:50 and 08:10 from 08:10 on. Japan time.',
    from: ['M1', 'M3', 'M4', 'M5'],
    shownBy: [
      [m1, '手順4 ※: revoked at %s, the new fob is set up from %s on'],
      [m3, '手順4 ※: revoked at %s, log in, issue, and have the new device confirmed from %s on'],
      [m4, '手順4 ※: revoked at %s, the next issue comes from %s on'],
      [m5, '手順4: revoked at %s, a new fob is registered from %s on'],
      ['test/verifier/rules/reissue.test.ts', 'every minute of 48 hours from %s on'],
    ],
  },
  {
    id: 'gate.issue-or-set-up',
    rule: 'It stands before the issue at Seikyo and Kumashin, before the end of the set-up at Kenshin.',
    from: ['M1', 'M3', 'M4', 'M5'],
    shownBy: [
      [m3, '手順4 ※: revoked at %s, log in, issue, and have the new device confirmed from %s on'],
      [m4, '手順4 ※: revoked at %s, the next issue comes from %s on'],
    ],
  },
  {
    id: 'gate.next-day',
    rule: 'After a deactivation for another kind the activation is possible from the next day on.',
    from: ['M2'],
    shownBy: [[m2, '手順2 ②: software to hardware, deactivated at %s: ordered at once, activated from %s on']],
  },
  {
    id: 'reuse.revoked',
    rule: 'At Kumashin a revoked fob can be registered again.',
    from: ['M5'],
    shownBy: [
      [m5, '【参考】 a revoked fob comes into use again by registering it again'],
      [m5, '【参考】 a fob that was lost comes back into use when it is found; one that was stolen never does'],
    ],
  },
  {
    id: 'reuse.stolen',
    rule: 'A fob that was revoked as stolen is registered by nobody any more.',
    from: ['ours'],
    shownBy: [
      [m5, '【参考】 a fob that was lost comes back into use when it is found; one that was stolen never does'],
    ],
  },
  {
    id: 'reuse.deactivated',
    rule: 'At Yamagata Chuo a deactivated fob cannot; a new one is ordered.',
    from: ['M2'],
    shownBy: [[m2, '【注意事項】 the fob itself cannot be activated again; an order of a new one can']],
  },
  {
    id: 'deactivation',
    rule: 'A deactivation asks for the confirmation password, and for the OTP where the field is shown.',
    from: ['M2'],
    shownBy: [
      [m2, '手順1–4: confirmation password and OTP end it; the login stays open and asks for no OTP'],
      [
        'test/verifier/deactivate.test.ts',
        'asks for no OTP where the institution shows no field for it, and then refuses one',
      ],
    ],
  },
  {
    id: 'lost.software',
    rule: 'A lost device or a deleted app or token: the master revokes a general user’s, the branch a master’s.',
    from: ['M4'],
    shownBy: [
      [m4, '① a general user’s, %s: the master revokes'],
      [m4, '② a master’s, %s: the branch, in writing'],
    ],
  },

  // --- Hardware records ---
  {
    id: 'expiry.to-the-minute',
    rule: 'The expiry printed on a fob holds to the minute.',
    from: ['M2', 'M5'],
    shownBy: [
      [m2, '【参考】 the expiry on the back holds to its minute; from then on there is no login'],
      [m5, '【参考1】 the expiry holds to the minute in Japan, and then closes the login'],
    ],
  },
  {
    id: 'expiry.new-fob',
    rule: 'The new fob comes before it; the old one is revoked, the new one activated.',
    from: ['M1'],
    shownBy: [[m1, '① the master revokes a general user’s at %s, and the new fob is set up']],
  },
  {
    id: 'lost.general',
    rule: 'Lost, stolen, broken: a general user’s is revoked by the master, then the branch replaces it.',
    from: ['M1'],
    shownBy: [[m1, '① a general user’s, %s: the master revokes, the branch ships a new one, and that is set up']],
  },
  {
    id: 'lost.master',
    rule: 'A master’s or a shared one is the branch’s; all who share it are closed out.',
    from: ['M1'],
    shownBy: [
      [m1, '② a master’s, %s, is the branch’s, in writing'],
      [m1, '③ one that master and general user share, %s, is the branch’s: all who share it are closed out'],
      [matrix, everyCell],
    ],
  },
  {
    id: 'fees.hardware',
    rule: 'The first fob of a contract is free, further ones and those after a loss cost, those after expiry do not.',
    from: ['M1'],
    shownBy: [
      [m1, 'the first of a contract is free, from the second on it costs'],
      [m1, 'a new one after %s costs %j'],
    ],
  },
  {
    id: 'fees.at-shipment',
    rule: 'The branch that ships a fob is told its fee: first free, further and lost ones charged, expiry free.',
    from: ['M1'],
    shownBy: [
      [
        stock,
        '3. at the shipment the first fob is free, the second costs, one after loss costs, one for expiry does not',
      ],
      [
        'test/verifier/stock.test.ts',
        'a second `first` of a contract is charged as what it is, another contract’s first is not',
      ],
    ],
  },
  {
    id: 'stock.before-expiry',
    rule: 'The institution ships the new fob before the old one expires; that is revoked and the new one set up.',
    from: ['M1'],
    shownBy: [
      [
        stock,
        '4 (3): before the expiry the branch finds who needs a new fob, ships it free, and each is set up in time',
      ],
      ['test/verifier/stock.test.ts', 'who must receive a new one: what ends soon, is in use and was not replaced'],
    ],
  },
  {
    id: 'stock.lost',
    rule: 'A fob that was lost, stolen or broken closes for all who share it, and nobody registers it again.',
    from: ['M1', 'M5'],
    shownBy: [
      [
        stock,
        '4 (5) ③ a shared fob, %s: the branch closes it for all who share it, and ships a new one against the fee',
      ],
      [stock, 'トークン失効: a lost fob is never registered again, though a revoked one may be'],
    ],
  },
  {
    id: 'stock.shipped-for-order',
    rule: 'The institution ships what a user ordered, and the order is done.',
    from: ['M2'],
    shownBy: [
      [
        stock,
        'STEP 1–4 and 利用解除: order, shipment, activation, deactivation, and a new order, since the fob is spent',
      ],
    ],
  },
  {
    id: 'fees.software',
    rule: 'A software token costs nothing.',
    from: ['M4'],
    shownBy: [[m4, 'a software token costs nothing: no fee is told at its issue']],
  },
  {
    id: 'misuse.report',
    rule: 'Misuse, known or feared, is reported to the branch in writing and ends the token for all who share it.',
    from: ['M1', 'M4', 'ours'],
    shownBy: [
      [m1, '(6) somebody else’s use is reported to the branch in writing and ends the fob for all who share it'],
      [m4, '(7) forgery feared (%s) or misuse known is reported in writing and ends the token'],
    ],
  },

  // --- App lock ---
  {
    id: 'app.token-list',
    rule: 'With several tokens the app opens on a list of them.',
    from: ['M4'],
    shownBy: [
      [
        'test/extension/face/face.slow.test.ts',
        'opens on the list where there are several tokens, and on the code of the one that is chosen',
      ],
    ],
  },
  {
    id: 'app.add-token',
    rule: 'A further token is taken in from the settings: IDs, activation password, extra text, register.',
    from: ['M4'],
    shownBy: [
      [
        'test/extension/face/face.slow.test.ts',
        'takes another token from settings and popup: IDs, activation password, text behind the name, register',
      ],
    ],
  },
  {
    id: 'app.delete-token',
    rule: 'The app’s own copy of a token is deleted by its user, after the bank revoked it.',
    from: ['M3'],
    shownBy: [
      [
        'test/extension/face/face.slow.test.ts',
        'removes a token only after the warning that the bank must revoke it first',
      ],
    ],
  },
  {
    id: 'app-lock.code',
    rule: 'A lock code has 1 to 32 half-width digits.',
    from: ['M3'],
    shownBy: [
      ['test/shared/digits.test.ts', '%s has %3$d to %4$d digits'],
      ['test/extension/activation.test.ts', 'refuses a lock code that is none before it sends anything'],
    ],
  },
  {
    id: 'app-lock.nowhere-else',
    rule: 'The lock code exists in the app alone and cannot be looked up.',
    from: ['M3'],
    shownBy: [
      ['test/extension/vault.test.ts', 'holds no seed, master key, user ID, name, origin or lock code'],
      ['test/extension/vault-slots.test.ts', 'opens with its code and no other'],
    ],
  },
  {
    id: 'app-lock.on-off',
    rule: 'The app lock can be turned off and on again.',
    from: ['M3'],
    shownBy: [
      ['test/browser/lock.e2e.test.ts', 'is turned off only with the lock code, after it said what that means'],
      ['test/browser/lock.e2e.test.ts', 'is turned on with a new lock code, and warns of a weak one'],
    ],
  },
  {
    id: 'app-lock.forgotten',
    rule: 'A forgotten lock code leaves only a fresh start without the tokens.',
    from: ['M3'],
    shownBy: [['test/browser/lock.e2e.test.ts', 'forgotten, is reset with all tokens, after it said what that means']],
  },
];

/** Rules that nothing shows yet, with what is missing. A rule moves up from here together with its test. */
const notYet: Readonly<Record<string, { readonly from: readonly Source[]; readonly reason: string }>> = {
  'app.transaction-confirmation': { from: ['M3'], reason: 'No institution here uses 取引確認, and nothing is built.' },
  'issue.sender-domain': { from: ['M3', 'M4'], reason: 'The hosted issue screen will say which sender to allow.' },
  'status.words': { from: ['M2', 'M5'], reason: 'The hosted pages will show the manuals’ words.' },
  'screens.way': { from: ['M1', 'M3', 'M4', 'M5'], reason: 'The hosted pages will lead from list to result.' },
  'screens.buttons': { from: ['M1', 'M2', 'M4', 'M5'], reason: 'The hosted pages will bear the manuals’ buttons.' },
  'screens.leave-activation': { from: ['M2'], reason: '申込を中止する belongs to the hosted activation screen.' },
};

/** Titles of the tests in a file's text, as they are written there: no block's, and of none that is skipped. */
function titlesIn(text: string): readonly string[] {
  const title =
    /(?<!\bdescribe(?:\.each\([^\n]*\))?|\b(?:test|it)\.(?:skip|todo)\b[^\n]*)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1,\s*(?:async\b|\()/g;
  return [...text.matchAll(title)].map(([, , name = '']) => name.replaceAll(/\\(.)/g, '$1'));
}

/** What is wrong with a table, one line each. */
function faults(table: readonly Rule[]): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const titles = new Map<string, readonly string[]>();
  for (const { id, rule, from, shownBy } of table) {
    if (seen.has(id)) found.push(`${id} is used twice`);
    seen.add(id);
    if (rule === '' || from.length === 0) found.push(`${id} says nothing`);
    if (shownBy.length === 0) found.push(`${id} has no test`);
    for (const [file, name] of shownBy) {
      if (!titles.has(file))
        titles.set(file, titlesIn(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')));
      if (!titles.get(file)?.includes(name)) found.push(`${id}: ${file} has no test “${name}”`);
    }
  }
  return found;
}

describe('the rules of the manuals', () => {
  test('are each shown by a test that exists', () => {
    expect(faults(rules)).toEqual([]);
    expect(rules.length).toBeGreaterThan(70);
  });

  test('come from all five manuals', () => {
    expect(new Set(rules.flatMap((rule) => rule.from))).toEqual(new Set([...all, 'ours']));
  });

  test('that nothing shows yet are these and no others', () => {
    expect(Object.keys(notYet).sort()).toEqual([
      'app.transaction-confirmation',
      'issue.sender-domain',
      'screens.buttons',
      'screens.leave-activation',
      'screens.way',
      'status.words',
    ]);
    for (const { from, reason } of Object.values(notYet))
      expect([from.length > 0, reason.length > 20]).toEqual([true, true]);
    const shown = new Set(rules.map(({ id }) => id));
    expect(Object.keys(notYet).filter((id) => shown.has(id))).toEqual([]);
  });

  test('a rule without a test, of a test that is not there, or twice is found', () => {
    const [rule] = rules;
    if (rule === undefined) throw new Error('there are no rules');
    expect(faults([{ ...rule, shownBy: [] }])).toEqual([`${rule.id} has no test`]);
    expect(faults([rule, rule])).toEqual([`${rule.id} is used twice`]);
    expect(faults([{ ...rule, shownBy: [[m1, 'never written']] }])).toEqual([
      `${rule.id}: ${m1} has no test “never written”`,
    ]);
    // A block's name is no test's, and a test that is skipped shows nothing.
    expect(faults([{ ...rule, shownBy: [[m1, '3. ご利用料金']] }])).toHaveLength(1);
    const lock = 'test/browser/lock.e2e.test.ts';
    expect(faults([{ ...rule, shownBy: [[lock, 'the app lock in %s']] }])).toHaveLength(1);
    expect(titlesIn(`test('a', () => {\ntest.skip('b', async () => {\nit.skip.each(two)('c', (`)).toEqual(['a']);
  });
});
