import { html } from 'hono/html';
import type { Profile } from './profiles.ts';
import type { OpenIssue, Transfer } from './store.ts';
import { type Language, type Text, texts, time, yen } from './texts.ts';
import type { OtpStatus } from './verifier-calls.ts';

type Html = ReturnType<typeof html>;

/** What every page needs to know about who reads it. */
export interface Reader {
  readonly profile: Profile;
  readonly language: Language;
  /** Path of this page, for the link to its other language. */
  readonly path: string;
  readonly name: string | null;
  readonly formToken: string;
}

export interface Notice {
  readonly kind: 'done' | 'error' | 'warning' | 'plain';
  readonly text: string;
}

const say = (reader: Reader, text: Text): string => text[reader.language];

function noticeBox(notice: Notice | null): Html | '' {
  if (notice === null) return '';
  const role = notice.kind === 'error' ? 'alert' : 'status';
  return html`<p class="note ${notice.kind}" id="notice" data-kind="${notice.kind}" role="${role}">${notice.text}</p>`;
}

function hidden(reader: Reader, attempt: string | null = null): Html {
  return html`<input type="hidden" name="formToken" value="${reader.formToken}">${
    attempt === null ? '' : html`<input type="hidden" name="attempt" value="${attempt}">`
  }`;
}

/** A whole page around its body. */
export function layout(reader: Reader, title: Text, body: Html): Html {
  const other: Language = reader.language === 'ja' ? 'en' : 'ja';
  return html`<!doctype html>
<html lang="${reader.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${say(reader, title)} | ${say(reader, reader.profile.bankName)}</title>
<link rel="icon" href="/crest.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header class="top"><div class="wide">
<a class="brand" href="/"><img src="/crest.svg" alt=""><span><strong>${say(reader, reader.profile.bankName)}</strong><span>${say(reader, texts.service)}</span></span></a>
<a class="language" href="${reader.path}?lang=${other}" hreflang="${other}" lang="${other}">${say(reader, texts.otherLanguage)}</a>
${
  reader.name === null
    ? ''
    : html`<span class="who">${reader.name}</span>
<form method="post" action="/logout">${hidden(reader)}<button class="link" id="logout">${say(reader, texts.logout)}</button></form>`
}
</div></header>
<main class="wide">
${body}
</main>
<footer><div class="wide">${say(reader, texts.demo)}</div></footer>
</body>
</html>`;
}

export function loginPage(reader: Reader, notice: Notice | null): Html {
  return layout(
    reader,
    texts.login,
    html`<h1>${say(reader, texts.login)}</h1>
${noticeBox(notice)}
<form class="sheet" method="post" action="/login">
${hidden(reader)}
<div class="field"><label for="loginId">${say(reader, texts.loginId)}</label>
<input id="loginId" name="loginId" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required></div>
<div class="field"><label for="password">${say(reader, texts.password)}</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="128" required></div>
<div class="actions"><button class="button" id="send">${say(reader, texts.login)}</button></div>
</form>
<h2>${say(reader, texts.trialLogins)}</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">${say(reader, texts.loginId)}</th><th scope="col">${say(reader, texts.password)}</th><th scope="col">${say(reader, texts.userName)}</th><th scope="col">${say(reader, texts.userKind)}</th></tr></thead>
<tbody>${reader.profile.logins.map(
      ({ loginId, password, role, name }) => html`<tr><td><code>${loginId}</code></td><td><code>${password}</code></td>
<td>${name[reader.language]}</td><td>${say(reader, texts[role])}</td></tr>`,
    )}</tbody>
</table></div>
${reader.profile.kind === 'hardware' ? fobLink(reader) : ''}`,
  );
}

function fobLink(reader: Reader): Html {
  return html`<p class="lead after"><a id="fobs" href="/fob" target="_blank" rel="noreferrer">${say(reader, texts.toFobs)}</a></p>`;
}

/** 利用開始登録 of a hardware token: serial and OTP. */
export function registrationPage(
  reader: Reader,
  form: { readonly attempt: string; readonly serial: string },
  notice: Notice | null,
): Html {
  return layout(
    reader,
    texts.activationTitle,
    html`<h1>${say(reader, texts.activationTitle)}</h1>
<p class="lead">${say(reader, texts.hardwareLead)}</p>
${noticeBox(notice)}
<form class="sheet" method="post" action="/token/activation" autocomplete="off">
${hidden(reader, form.attempt)}
<div class="field"><label for="serial">${say(reader, texts.serial)}</label>
<input id="serial" name="serial" type="text" inputmode="numeric" maxlength="24" required value="${form.serial}" aria-describedby="serialHint">
<p class="hint" id="serialHint">${say(reader, texts.serialHint)}</p></div>
${otpField(reader, notice?.kind === 'error')}
<div class="actions"><button class="button" id="activate">${say(reader, texts.activationButton)}</button></div>
</form>
${fobLink(reader)}`,
  );
}

export interface IssueForm {
  readonly attempt: string;
  readonly email: string;
  /** An issue stands open, so this step may be skipped. */
  readonly open: boolean;
}

export function issuePage(reader: Reader, form: IssueForm, notice: Notice | null): Html {
  return layout(
    reader,
    texts.issueTitle,
    html`<h1>${say(reader, texts.issueTitle)}</h1>
<p class="lead">${say(reader, texts.issueLead)}</p>
${noticeBox(notice)}
<form class="sheet" method="post" action="/token/issue">
${hidden(reader, form.attempt)}
<div class="field"><label for="email">${say(reader, texts.email)}</label>
<input id="email" name="email" type="email" autocomplete="email" maxlength="254" required value="${form.email}" aria-describedby="emailHint">
<p class="hint" id="emailHint">${say(reader, texts.emailHint)}</p></div>
<div class="field"><label for="activationPassword">${say(reader, texts.activationPassword)}</label>
<input id="activationPassword" name="activationPassword" type="password" inputmode="numeric" autocomplete="off" maxlength="16" required aria-describedby="activationPasswordHint">
<p class="hint" id="activationPasswordHint">${say(reader, texts.activationPasswordHint)}</p></div>
<div class="actions">${
      form.open
        ? html`<a class="button second" id="skip" href="/token/activation">${say(reader, texts.issueSkip)}</a>`
        : ''
    }<button class="button" id="issue">${say(reader, texts.issueButton)}</button></div>
${form.open ? html`<p class="hint">${say(reader, texts.issueSkipHint)}</p>` : ''}
</form>`,
  );
}

export interface ActivationForm {
  readonly attempt: string;
  readonly issue: OpenIssue | null;
  /** Folder where the demo's mails lie, or null where they are sent. */
  readonly outbox: string | null;
}

function otpField(reader: Reader, wrong: boolean): Html {
  return html`<div class="field"><label for="otp">${say(reader, texts.otp)}</label>
<input class="otp" id="otp" name="otp" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="16" required aria-describedby="otpHint"${
    wrong ? html` aria-invalid="true"` : ''
  }>
<p class="hint" id="otpHint">${say(reader, reader.profile.kind === 'hardware' ? texts.otpHintHardware : texts.otpHint)}</p></div>`;
}

function issueDetails(reader: Reader, issue: OpenIssue): Html {
  return html`<h2>${say(reader, texts.tokenInformation)}</h2>
<dl>
<dt>${say(reader, texts.serviceId)}</dt><dd class="id" id="serviceId">${issue.serviceId}</dd>
<dt>${say(reader, texts.userId)}</dt><dd class="id" id="userId">${issue.userId}</dd>
<dt>${say(reader, texts.issueEnds)}</dt><dd>${time(reader.language, issue.expiresAt)}</dd>
</dl>`;
}

export function activationPage(reader: Reader, form: ActivationForm, notice: Notice | null): Html {
  const { issue } = form;
  const mail = issue === null ? texts.noIssueHere : issue.mail === 'failed' ? texts.mailFailed : null;
  const sent =
    reader.language === 'ja' ? `${texts.mailSent.ja}（${issue?.email}）` : `${texts.mailSent.en}${issue?.email}.`;
  return layout(
    reader,
    texts.activationTitle,
    html`<h1>${say(reader, texts.activationTitle)}</h1>
<p class="lead">${say(reader, texts.activationLead)}</p>
${noticeBox(notice)}
<div class="note" id="mail">${mail === null ? sent : say(reader, mail)}${
      form.outbox === null || issue?.mail === 'failed'
        ? ''
        : html`<p class="hint">${say(reader, texts.mailLies)} <code>${form.outbox}</code></p>`
    }</div>
<div class="sheet">
<ol>
<li>${say(reader, texts.activationStep1)}${
      issue === null
        ? ''
        : html` <a href="${issue.activationUrl}" target="_blank" rel="noreferrer">${say(reader, texts.activationGuide)}</a>`
    }</li>
<li>${say(reader, texts.activationStep2)}</li>
<li>${say(reader, texts.activationStep3)}</li>
</ol>
${issue === null ? '' : issueDetails(reader, issue)}
<form method="post" action="/token/activation" autocomplete="off">
${hidden(reader, form.attempt)}
${otpField(reader, notice?.kind === 'error')}
<div class="actions"><a class="button second" href="/token/issue">${say(reader, texts.issueAgain)}</a><button class="button" id="activate">${say(reader, texts.activationButton)}</button></div>
</form>
</div>`,
  );
}

const statusTexts: Readonly<Record<OtpStatus, Text>> = {
  unregistered: texts.statusUnregistered,
  issued: texts.statusIssued,
  active: texts.statusActive,
  locked: texts.statusLocked,
  expired: texts.statusExpired,
  revoked: texts.statusRevoked,
  deactivated: texts.statusDeactivated,
};

export function topPage(
  reader: Reader,
  about: { readonly balanceYen: number; readonly status: OtpStatus; readonly transfers: readonly Transfer[] },
  notice: Notice | null,
): Html {
  const { language } = reader;
  return layout(
    reader,
    texts.topTitle,
    html`<h1>${say(reader, texts.topTitle)}</h1>
${noticeBox(notice)}
<div class="sheet balance"><dl><dt>${say(reader, texts.balance)}</dt><dd id="balance">${yen(language, about.balanceYen)}</dd></dl>
<dl><dt>${say(reader, texts.otpState)}</dt><dd id="status" data-status="${about.status}">${say(reader, statusTexts[about.status])}</dd></dl>
<a class="button" id="transfer" href="/transfer">${say(reader, texts.transferTitle)}</a></div>
<h2>${say(reader, texts.history)}</h2>
${
  about.transfers.length === 0
    ? html`<p class="lead">${say(reader, texts.historyEmpty)}</p>`
    : html`<div class="scroll"><table id="history">
<thead><tr><th scope="col">${say(reader, texts.number)}</th><th scope="col">${say(reader, texts.date)}</th><th scope="col">${say(reader, texts.payee)}</th><th scope="col" class="sum">${say(reader, texts.amountPlain)}</th><th scope="col">${say(reader, texts.state)}</th></tr></thead>
<tbody>${about.transfers
        .slice(0, 20)
        .map(
          (transfer) =>
            html`<tr><td><a href="/transfer/${transfer.id}">${transfer.id}</a></td><td>${time(language, transfer.doneAtMs ?? transfer.orderedAtMs)}</td><td class="payee">${transfer.payee}</td><td class="sum">${yen(language, transfer.amountYen)}</td><td>${say(reader, transfer.doneAtMs === null ? texts.waiting : texts.done)}</td></tr>`,
        )}</tbody>
</table></div>`
}`,
  );
}

export function transferPage(
  reader: Reader,
  form: { readonly payee: string; readonly amount: string; readonly balanceYen: number },
  notice: Notice | null,
): Html {
  return layout(
    reader,
    texts.transferTitle,
    html`<h1>${say(reader, texts.transferTitle)}</h1>
<p class="lead">${say(reader, texts.balance)} ${yen(reader.language, form.balanceYen)}</p>
${noticeBox(notice)}
<form class="sheet" method="post" action="/transfer">
${hidden(reader)}
<div class="field"><label for="payee">${say(reader, texts.payee)}</label>
<input id="payee" name="payee" autocomplete="off" maxlength="80" required value="${form.payee}" aria-describedby="payeeHint">
<p class="hint" id="payeeHint">${say(reader, texts.payeeHint)}</p></div>
<div class="field"><label for="amount">${say(reader, texts.amount)}</label>
<input id="amount" name="amount" inputmode="numeric" autocomplete="off" maxlength="16" required value="${form.amount}"></div>
<div class="actions"><button class="button" id="continue">${say(reader, texts.toConfirmation)}</button></div>
</form>`,
  );
}

function transferDetails(reader: Reader, transfer: Transfer): Html {
  return html`<dl>
<dt>${say(reader, texts.number)}</dt><dd id="number">${transfer.id}</dd>
<dt>${say(reader, texts.payee)}</dt><dd>${transfer.payee}</dd>
<dt>${say(reader, texts.amountPlain)}</dt><dd>${yen(reader.language, transfer.amountYen)}</dd>
${transfer.doneAtMs === null ? '' : html`<dt>${say(reader, texts.doneAt)}</dt><dd>${time(reader.language, transfer.doneAtMs)}</dd>`}
</dl>`;
}

export function confirmPage(
  reader: Reader,
  form: { readonly transfer: Transfer; readonly attempt: string; readonly withOtp: boolean },
  notice: Notice | null,
): Html {
  return layout(
    reader,
    texts.confirmTitle,
    html`<h1>${say(reader, texts.confirmTitle)}</h1>
<p class="lead">${say(reader, texts.confirmLead)}</p>
${noticeBox(notice)}
<form class="sheet" method="post" action="/transfer/${form.transfer.id}" autocomplete="off">
${hidden(reader, form.attempt)}
${transferDetails(reader, form.transfer)}
${form.withOtp ? otpField(reader, notice?.kind === 'error') : ''}
<div class="actions"><a class="button second" href="/">${say(reader, texts.toTop)}</a><button class="button" id="execute">${say(reader, texts.execute)}</button></div>
</form>`,
  );
}

export function donePage(reader: Reader, transfer: Transfer): Html {
  return layout(
    reader,
    texts.transferTitle,
    html`<h1>${say(reader, texts.transferTitle)}</h1>
${noticeBox({ kind: 'done', text: say(reader, texts.transferDone) })}
<div class="sheet">
${transferDetails(reader, transfer)}
<div class="actions"><a class="button second" href="/transfer">${say(reader, texts.anotherTransfer)}</a><a class="button" id="top" href="/">${say(reader, texts.toTop)}</a></div>
</div>`,
  );
}

/** A page that only says something and leads on. */
export function messagePage(
  reader: Reader,
  title: Text,
  notice: Notice,
  next: { readonly href: string; readonly text: Text },
): Html {
  return layout(
    reader,
    title,
    html`<h1>${say(reader, title)}</h1>
${noticeBox(notice)}
<div class="actions"><a class="button" href="${next.href}">${say(reader, next.text)}</a></div>`,
  );
}

/** The page of a locked user, with what stands for the branch in a demo. */
export function lockedPage(reader: Reader, notice: Notice, attempt: string): Html {
  return layout(
    reader,
    texts.blockedTitle,
    html`<h1>${say(reader, texts.blockedTitle)}</h1>
${noticeBox(notice)}
<form class="sheet" method="post" action="/trial/unlock">
${hidden(reader, attempt)}
<p>${say(reader, texts.unlockTrial)}</p>
<div class="actions"><a class="button second" href="/">${say(reader, texts.toTop)}</a><button class="button" id="unlock">${say(reader, texts.unlockButton)}</button></div>
</form>`,
  );
}
