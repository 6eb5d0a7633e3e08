import { html } from 'hono/html';

/**
 * The page that a mail's link opens. Its addresses hold under whatever path a proxy has the verifier.
 * @param verifierUrl the address that the extension asks for
 */
export function activatePage(verifierUrl: string) {
  return html`<!doctype html>
<html lang="ja">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="robots" content="noindex">
  <title>トークンの初期設定 / Set up your token</title>
  <link rel="icon" href="assets/mark.svg" type="image/svg+xml">
  <link rel="stylesheet" href="assets/page.css">
  <script src="assets/activate.js" defer></script>
</head>
<body>
  <main>
    <header>
      <img src="assets/mark.svg" alt="" width="40" height="40">
      <div>
        <h1>ワンタイムパスワードトークンの初期設定</h1>
        <p class="quiet" lang="en">Set up your one-time password token</p>
      </div>
    </header>

    <section class="card" aria-label="初期設定に使う情報 / What the set-up asks for">
      <dl>
        <div class="row">
          <dt>サービスID <span class="quiet" lang="en">Service ID</span></dt>
          <dd><output id="service-id">–</output></dd>
        </div>
        <div class="row">
          <dt>ユーザID <span class="quiet" lang="en">User ID</span></dt>
          <dd><output id="user-id">–</output></dd>
        </div>
        <div class="row">
          <dt>認証サーバー <span class="quiet" lang="en">Verifier</span></dt>
          <dd class="address">${verifierUrl}</dd>
        </div>
      </dl>
      <p id="no-ids" class="note">
        サービスIDとユーザIDは、お取引画面(認証確認)に表示されています。
        <span class="quiet" lang="en">Service ID and User ID stand on the authentication screen of your bank.</span>
      </p>
      <p id="copy-row" hidden>
        <button id="copy" type="button">このページのリンクをコピー / Copy this page's link</button>
        <span id="copied" role="status"></span>
      </p>
    </section>

    <ol>
      <li>
        <strong>拡張機能を用意します。</strong>
        まだの場合は、ご利用の金融機関の案内に従って、ブラウザに拡張機能「Shirushi」を追加してください。
        <span class="quiet" lang="en">Add the extension “Shirushi” to this browser, as your bank tells you.</span>
      </li>
      <li>
        <strong>トークンを追加します。</strong>
        拡張機能の「トークン追加」を開き、このページのリンクを貼り付けるか、上の情報を入力します。
        <span class="quiet" lang="en">In the extension choose “Add token”, then paste this page's link or type the details above.</span>
      </li>
      <li>
        <strong>利用開始パスワードを入力して送信します。</strong>
        トークン発行の画面でお決めになった 4〜8 桁の数字です。送信先が上の認証サーバーであることをご確認ください。
        <span class="quiet" lang="en">Type the activation password (4 to 8 digits) that you chose, check that the address is the verifier above, and send.</span>
      </li>
      <li>
        <strong>お取引画面に戻り、ワンタイムパスワードを 1 回入力します。</strong>
        これで利用開始です。端末の時計が正しいことをご確認ください。
        <span class="quiet" lang="en">Back at your bank, type one one-time password. Then the token is in use. Your computer's clock must be right.</span>
      </li>
    </ol>

    <p class="note">
      お心当たりがない場合は何も入力せず、このページを閉じて金融機関へご連絡ください。
      <span class="quiet" lang="en">If you did not ask for this, type nothing, close the page and tell your bank.</span>
    </p>
  </main>
</body>
</html>`;
}
