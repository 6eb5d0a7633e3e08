import { describe, expect, test } from 'vitest';
import { isOfAChannel, tellsOfKeptCode, tellsOfSentCode } from '../../extension/autofill/sent-codes.ts';
import { isGeneral, isNote, lengthsTold, meaningOfName, meaningOfText } from '../../extension/autofill/words.ts';

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
    'Authenticator code',
    '使い捨てパスワード',
    'ワンタイムパスワード（ログイン用）',
    'ワンタイムパスワード（確認用パスワードではありません）',
    'パスワードカードに表示された番号',
    'Enter the code shown on your token',
    'Security code from your hardware token',
    'トークン表示の6桁',
    '液晶に表示された数字',
    'Code from the app',
    'DIGIPASS code',
    'Google認証システムに表示された6桁のコード',
    'TOTP',
    'ログインパスワード（ワンタイムパスワード）',
    '確認番号（OTP）',
    '確認番号（6桁のワンタイムパスワード）',
    'Login code (one-time password)',
    'ワンタイムパスワード（振込限度額の変更）',
    'ワンタイムパスワード※ログインパスワードとは異なります',
    'ログインパスワード（トークンに表示された6桁の数字）',
    'One-time password (for business customers)',
    'Confirm with your one-time password',
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
    '可変パスワード',
  ])('%j means some code', (text) => {
    expect(meaningOfText(text)).toBe('code');
  });
  test.each([
    '確認用パスワード',
    'ワンタイムパスワード（確認のため再入力）',
    '1つ目のワンタイムパスワード',
    '暗証番号＋ワンタイムパスワード',
    '取引認証番号',
    'この欄は空欄のままにしてください',
    'ワンタイムパスワード サービスID',
    'ワンタイムパスワードの送付先',
    'ワンタイムパスワードアプリの表示名',
    '署名用ワンタイムパスワード',
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
    'トークン番号',
    'ワンタイムパスワード申込番号',
    'ワンタイムパスワード利用者ID',
    'トークン裏面の番号',
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
    'ログインID（ワンタイムパスワードをご利用のお客さま）',
    '契約者番号（ワンタイムパスワードをご利用の方）',
    'ログインパスワード（ワンタイムパスワード未利用のお客様）',
    'ログインパスワード【ワンタイムパスワード対象外】',
    'ログインID ※ワンタイムパスワードをご利用のお客さま',
    'ログインID（ワンタイムパスワードをご利用の方）※画面に表示されます',
    '確認暗証番号（ワンタイムパスワード未契約の場合）',
    '資金移動パスワード（ワンタイムパスワードをご利用いただいていない場合）',
    '振込手数料（ワンタイムパスワード利用時）',
    '1日あたりの振込限度額（ワンタイムパスワード利用時）',
    'トークン有効期限（半角数字8桁）',
    'トークン名（半角数字）',
    'ワンタイムパスワードトークンの本数',
    'Account number (one-time password customers)',
    'Login password for one-time password users',
    'Confirm one-time password',
    'Confirm transfer',
    'もう一度入力してください。',
    '確認のためもう一度入力してください。',
    '誤入力防止のため、もう一度入力してください。',
    'お間違えのないよう再度入力してください。',
    '確認用パスワードが違います。もう一度入力してください。',
    'ログインパスワードが正しくありません。もう一度入力してください。',
    '口座番号が正しくありません。もう一度入力してください。',
    'もう一度ワンタイムパスワードを入力してください。間違えるとロックされます。',
    'ワンタイムパスワード再入力（間違えると利用停止）',
    'Enter it again to avoid a wrong entry.',
    'Please try again with the next code.',
  ])('%j never means one', (text) => {
    expect(meaningOfText(text)).toBe('never');
  });
  test.each(['セキュリティコード', 'Security code'])('%j means one only where a token shows it', (text) => {
    expect(meaningOfText(text)).toBe('other');
  });
  test.each([
    '',
    'パスワード',
    '半角数字',
    '6桁',
    'お名前',
    'ご依頼人名',
    'options',
    'Desktop',
    'ワンタイムパスワードは次の画面で入力します',
    'ワンタイムパスワード未契約の場合',
    'PIN (not needed if you use a one-time password)',
    'For customers without a one-time password',
    'ワンタイムパスワードが正しくありません。もう一度入力してください。',
    '※ワンタイムパスワードを連続して一定回数間違えると、利用停止となります。',
    'トークンに表示されている新しい番号を入力してください。',
    'The code is wrong. Please try again.',
  ])('%j says nothing', (text) => {
    expect(meaningOfText(text)).toBe('nothing');
  });
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
    'wanTimePw',
    'WANTIMEPW',
    'otpPasswd',
    'loginOtp',
    'tokenCode',
    'tsukaisutePw',
  ])('%j means a one-time password', (name) => {
    expect(meaningOfName(name)).toBe('otp');
  });
  test.each(['authCode', 'passcode', 'verification_code', 'ninshoNo', 'ninsyoCode', 'txtNinshouKey'])(
    '%j means some code',
    (name) => {
      expect(meaningOfName(name)).toBe('code');
    },
  );
  test.each([
    'mailOtp',
    'smsCode',
    'captchaCode',
    'search',
    'searchCode',
    'couponCode',
    'zip',
    'serialNo',
    'smsForm:otp',
  ])('%j never means one', (name) => {
    expect(meaningOfName(name)).toBe('never');
  });
  test.each([
    ...['cardNo', 'accountNumber', 'confirmPassword', 'loginPassword', 'kakuninOtp'],
    ...['kouzaFurikaeForm:otp', 'searchForm:oneTimePassword', 'amountForm:otp', 'furikomiKingakuOtp', 'kouzaNo'],
  ])('%j means another, unless a text says that it is one', (name) => {
    expect(meaningOfName(name)).toBe('other');
  });
  test.each(['', 'password', 'field3', 'j_id_42', 'laptop', 'desktopView', 'footprint', 'hotpot'])(
    '%j says nothing',
    (name) => {
      expect(meaningOfName(name)).toBe('nothing');
    },
  );
});

describe('a caption', () => {
  test.each(['パスワード', 'コード', 'Password', 'Enter the code:', '半角数字6桁', '必須', '※有効時間は60秒です。'])(
    '%j leaves it to the texts around it',
    (text) => {
      expect(isGeneral(text)).toBe(true);
    },
  );
  test.each(['お名前', 'ご依頼人名', '摘要', 'Your name', 'Memo'])('%j is of another field', (text) => {
    expect(isGeneral(text) || isNote(text)).toBe(false);
  });
  test.each([
    ['半角数字6桁', [[6, 6]]],
    ['４～８桁の数字', [[4, 8]]],
    ['6桁または8桁', [[6, 8]]],
    ['Enter the 6-digit code', [[6, 6]]],
    ['ワンタイムパスワード 3桁目', []],
    ['1桁ずつ入力', []],
    ['Digit 2 of 6', []],
    ['半角数字4桁ずつ入力してください', []],
    ['4 digits each', []],
    ['※4桁の暗証番号ではありません', []],
    ['8桁のワンタイムパスワード（4桁の暗証番号とは異なります）', [[8, 8]]],
    ['This is not your 4-digit PIN', []],
    ['6桁以外は入力できません', [[6, 6]]],
    ['6桁の数字とは、トークンに表示された番号です', [[6, 6]]],
    ['6桁（ハイフン不要）', [[6, 6]]],
  ])('%j tells the lengths %j', (text, lengths) => {
    expect(lengthsTold(text)).toEqual(lengths.map(([least, most]) => ({ least, most })));
  });
});

describe('a page', () => {
  test.each([
    '認証コードをメールで送信しました。',
    'ご登録の携帯電話へSMSでワンタイムパスワードをお送りしました。入力してください。',
    'メールで届いた認証番号を入力してください',
    'We sent a code to your e-mail address.',
    'ご登録のメールアドレスに\n認証コードを送信しました',
    '認証コードを送信しました。届いた6桁の番号を入力してください。',
    'コードを再送する',
    'Didn’t get the code?\nResend code',
    'Enter the digits that we texted you',
    'コードの再送信',
    '再送する',
    '届かない場合は「再送」を押し、画面を閉じないでください。',
    '認証コードが届かない場合は、最初からやり直してください。',
    '認証コードの再送は行わないでください。',
    'メールで届いた認証番号を他人に教えないでください。',
    '不審なメールが増えています。ワンタイムパスワードはメールでお送りしました。',
    'フィッシング対策のため、メールで送信した認証コードを入力してください。',
    '不審なサイトに、メールでお送りした認証番号を入力しないでください。',
    '受付番号と認証コードをメールで送信しました。',
    'メールが届かない場合は、迷惑メールの設定をご確認ください。',
    'LINEで届いた認証番号を入力してください',
    'Enter the code we sent you.',
    'The code was sent by a voice call.',
    'Enter the one-time password we sent you on WhatsApp.',
    '自動音声でお電話し、ワンタイムパスワードをお伝えします。',
    '音声で読み上げられる6桁の番号を入力してください。',
  ])('that says %j is for sent codes', (text) => {
    expect(tellsOfSentCode(text)).toBe(true);
  });
  test.each([
    'トークンに表示されたワンタイムパスワードを入力してください。',
    '受付後、確認のメールをお送りします。',
    'メールアドレスの変更はこちら。ワンタイムパスワードを入力してください。',
    '当組合を装った不審なメールが届いても、パスワード等を入力しないでください。',
    '当組合を装ったメールやSMSが届いても、パスワードを入力しないでください。',
    'フィッシングメールに記載されたURLからID・パスワードを入力しないでください。',
    '承認が完了すると、受付番号を記載したメールをお送りします。',
    '受付結果は、受付番号とともに電子メールで通知されます。',
    '振込先の口座番号をメールで通知します。',
    'ブラウザの「戻る」ボタンや再送信は行わないでください。',
    'メールが届かない場合は、最初からやり直してください。',
    'Report suspicious e-mails sent in our name that ask for your password.',
    'Enter the code shown on the token we sent you when you joined online banking.',
    'The invoice was sent with its number.',
    'ログインパスワードをお忘れの方には、新しいパスワードをお送りします。',
    'ワンタイムパスワード\n認証後、受付結果をご登録のメールアドレスにお知らせします。',
    'One-time password\nThe receipt was sent to you by e-mail.',
    '電話でワンタイムパスワードをお伝えにならないでください。',
    'アプリをお持ちでない方は、QRコードを読み取ってください。',
  ])('that says %j is not', (text) => {
    expect(tellsOfSentCode(text)).toBe(false);
  });
  test.each([
    '認証アプリで二次元コードを読み取り、表示されたコードを入力してください。',
    'Google Authenticator で下のQRコードをスキャンしてください。',
    'Scan the QR code with your authenticator app.',
    'Or enter this setup key: JBSW Y3DP',
  ])('that says %j sets up another app', (text) => {
    expect(tellsOfSentCode(text)).toBe(true);
  });
  test.each(['SMS認証', 'メールによる本人確認', 'ショートメッセージ認証', 'E-mail verification'])(
    'headed %j is for sent codes',
    (heading) => {
      expect(isOfAChannel(heading)).toBe(true);
    },
  );
  test.each(['ワンタイムパスワード認証', 'メールアドレスの変更', 'Two-step verification'])(
    'headed %j is not',
    (heading) => {
      expect(isOfAChannel(heading)).toBe(false);
    },
  );
  test.each([
    'Forgot your passcode?',
    'I forgot my security number',
    '暗証番号をお忘れの方',
    'Enter your PIN followed by the tokencode',
  ])('that says %j wants what a person keeps in mind', (text) => {
    expect(tellsOfKeptCode(text)).toBe(true);
  });
  test.each(['パスワードをお忘れの方', 'Forgot your password?', 'Enter the passcode of your token'])(
    'that says %j may want a code of a token',
    (text) => {
      expect(tellsOfKeptCode(text)).toBe(false);
    },
  );
});
