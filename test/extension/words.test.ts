import { describe, expect, test } from 'vitest';
import { meaningOfName, meaningOfText, tellsOfSentCode } from '../../extension/autofill/words.ts';

describe('a text', () => {
  test.each([
    'ワンタイムパスワード',
    'ﾜﾝﾀｲﾑﾊﾟｽﾜｰﾄﾞ',
    'ワンタイム\n      パスワード【必須】',
    'ワンタイムパスワード（半角数字8桁）',
    'ワンタイムＰＷ',
    'トークンに表示されたパスワード',
    'トークンのパスワード',
    'One-time password',
    'One time passcode (OTP)',
    'ＯＴＰ',
    'Enter OTP:',
    'TOTP',
  ])('%j means a one-time password', (text) => {
    expect(meaningOfText(text)).toBe('otp');
  });
  test.each([
    '認証コード',
    '認証番号',
    '二段階認証',
    '2段階認証コード',
    'Verification code',
    'Passcode',
    'Authenticator code',
  ])('%j means some code', (text) => {
    expect(meaningOfText(text)).toBe('code');
  });
  test.each([
    '確認用パスワード',
    'ログインパスワード',
    'ログイン用パスワード',
    '第二暗証番号',
    '第2暗証',
    '乱数表の数字',
    'ご契約カードの確認番号',
    '口座番号',
    '店番',
    '支店名',
    '振込金額',
    'シリアル番号',
    'トークンのシリアル番号',
    '利用開始パスワード',
    '合言葉',
    '画像認証',
    '画像に表示された文字（認証コード）',
    'CAPTCHA code',
    'サイト内検索',
    'クーポンコード',
    'Coupon code',
    '郵便番号',
    'カード番号',
    'セキュリティコード',
    'メールに記載の認証コード',
    'SMSで届いた認証番号',
    'ワンタイムパスワード（メール通知）',
    'ワンタイムパスワード（確認用）',
    '電話番号',
    'Confirm password',
    'Postal code',
    'Account number',
    'One-time code sent by text message',
    '新しいパスワード',
  ])('%j never means one', (text) => {
    expect(meaningOfText(text)).toBe('never');
  });
  test.each(['', 'パスワード', '半角数字', '6桁', 'お名前', 'ご依頼人名', 'options', 'Desktop'])(
    '%j says nothing',
    (text) => {
      expect(meaningOfText(text)).toBe('nothing');
    },
  );
});

describe('a name', () => {
  test.each([
    'otp',
    'txt_otp',
    'otp1',
    'OTP',
    'oneTimePassword',
    'one_time_password',
    'onetimepw',
    'userOtp',
    'totp-code',
    'inputOTP',
  ])('%j means a one-time password', (name) => {
    expect(meaningOfName(name)).toBe('otp');
  });
  test.each(['authCode', 'passcode', 'verification_code'])('%j means some code', (name) => {
    expect(meaningOfName(name)).toBe('code');
  });
  test.each([
    'mailOtp',
    'smsCode',
    'captchaCode',
    'search',
    'couponCode',
    'zip',
    'cardNo',
    'accountNumber',
    'serialNo',
    'confirmPassword',
    'loginPassword',
  ])('%j never means one', (name) => {
    expect(meaningOfName(name)).toBe('never');
  });
  test.each(['', 'password', 'field3', 'j_id_42', 'laptop', 'desktopView'])('%j says nothing', (name) => {
    expect(meaningOfName(name)).toBe('nothing');
  });
});

describe('a page', () => {
  test.each([
    '認証コードをメールで送信しました。',
    'ご登録の携帯電話へSMSでワンタイムパスワードをお送りしました。入力してください。',
    'メールで届いた認証番号を入力してください',
    'We sent a code to your e-mail address.',
  ])('that says %j is for sent codes', (text) => {
    expect(tellsOfSentCode(text)).toBe(true);
  });
  test.each([
    'トークンに表示されたワンタイムパスワードを入力してください。',
    '受付後、確認のメールをお送りします。',
    'メールアドレスの変更はこちら。ワンタイムパスワードを入力してください。',
  ])('that says %j is not', (text) => {
    expect(tellsOfSentCode(text)).toBe(false);
  });
});
