import { randomUUID, timingSafeEqual } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { secureHeaders } from 'hono/secure-headers';
import { display, fobPage, fobScript } from './fob-page.ts';
import type { TrialFob } from './fobs.ts';
import type { Notice, Reader } from './pages.ts';
import * as pages from './pages.ts';
import type { Profile } from './profiles.ts';
import type { Customer, Session, Store, Transfer } from './store.ts';
import { crestIn, style } from './style.ts';
import { type Language, reasonText, type Text, texts, time, wrongText } from './texts.ts';
import { type Requirement, type VerifierCalls, VerifierProblem, VerifierUnavailable } from './verifier-calls.ts';

export interface BankOptions {
  readonly profile: Profile;
  readonly verifier: VerifierCalls;
  readonly store: Store;
  readonly nowMs: () => number;
  /** Folder where the demo's mails lie, or null where they are sent. */
  readonly outbox: string | null;
  /** The demo's key fobs; none where its tokens are software. */
  readonly fobs: readonly TrialFob[];
  /** Is told of errors that a page cannot explain. */
  readonly report: (error: unknown) => void;
}

interface Variables {
  readonly language: Language;
  readonly session: Session | null;
  readonly customer: Customer | null;
}
type Bank = Context<{ Variables: Variables }>;

const plain = (text: string) => text.normalize('NFKC').replace(/[\s,、-]/gu, '');

/** The sample bank: a Hono app whose pages ask the verifier through `verifier-calls.ts` and nothing else. */
export function createBank({ profile, verifier, store, nowMs, outbox, fobs, report }: BankOptions) {
  const app = new Hono<{ Variables: Variables }>();

  const headers = (scripts: readonly "'self'"[]) =>
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        scriptSrc: [...scripts],
        connectSrc: [...scripts],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
      // With no referrer at all, the browser would send our own forms with `Origin: null`.
      referrerPolicy: 'same-origin',
      // Only where the bank runs on https.
      strictTransportSecurity: false,
    });
  const [still, live] = [headers([]), headers(["'self'"])];
  // The page of the fobs alone has a script, since its displays go on.
  app.use((c, next) => (c.req.path === '/fob' ? live : still)(c, next));
  const crest = crestIn(profile.colour);
  app.get('/style.css', (c) => c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get('/crest.svg', (c) => c.body(crest, 200, { 'Content-Type': 'image/svg+xml' }));

  app.use(async (c, next) => {
    const asked = c.req.query('lang');
    if (asked === 'ja' || asked === 'en')
      setCookie(c, 'language', asked, { path: '/', sameSite: 'Lax', maxAge: 31_536_000 });
    const chosen = asked ?? getCookie(c, 'language');
    const browser = /^en\b/i.test(c.req.header('Accept-Language') ?? 'ja') ? 'en' : 'ja';
    c.set('language', chosen === 'ja' || chosen === 'en' ? chosen : browser);
    const found = store.sessionOf(getCookie(c, profile.sessionCookie) ?? '', nowMs());
    c.set('session', found?.session ?? null);
    c.set('customer', found?.customer ?? null);
    c.header('Cache-Control', 'no-store');
    await next();
  });

  // Another site can neither send our forms (form token) nor have the browser send them for it (Origin).
  app.post('*', async (c, next) => {
    const { session } = c.var;
    const origin = c.req.header('Origin');
    const sameOrigin = origin === undefined || origin === new URL(c.req.url).origin;
    if (c.req.path === '/login') return sameOrigin ? next() : c.redirect('/login', 303);
    const sent = Buffer.from(await field(c, 'formToken'));
    const wanted = Buffer.from(session?.formToken ?? '');
    const ours = session !== null && sent.length === wanted.length && timingSafeEqual(sent, wanted);
    if (ours && sameOrigin) return next();
    return c.html(
      pages.messagePage(
        reader(c),
        texts.failedTitle,
        { kind: 'error', text: texts.sessionEnded[c.var.language] },
        { href: '/login', text: texts.login },
      ),
      403,
    );
  });

  function reader(c: Bank): Reader {
    const { language, customer, session } = c.var;
    const [name, formToken] = [customer?.name[language] ?? null, session?.formToken ?? ''];
    return { profile, language, path: c.req.path, name, formToken };
  }

  function notice(c: Bank, kind: Notice['kind'], text: Text): Notice {
    return { kind, text: text[c.var.language] };
  }

  async function field(c: Bank, name: string): Promise<string> {
    const value = (await c.req.parseBody())[name];
    return typeof value === 'string' ? value : '';
  }

  /** The logged-in customer; pages behind `loggedIn` have one. */
  function customerOf(c: Bank): Customer {
    if (c.var.customer === null) throw new Error('a page without a login asked who is logged in');
    return c.var.customer;
  }

  /** What to tell a user whom the verifier holds back, with the way on. */
  function blockedPage(c: Bank, requirement: Requirement) {
    const { language } = c.var;
    const sentence = reasonText(requirement.reason)[language];
    const from = requirement.from === null ? '' : ` (${time(language, requirement.from)})`;
    const warning: Notice = { kind: 'warning', text: sentence + from };
    if (requirement.reason === 'locked') return c.html(pages.lockedPage(reader(c), warning, randomUUID()));
    const next = {
      issue: { href: '/token/issue', text: texts.issueTitle },
      activation: { href: '/token/activation', text: texts.activationTitle },
      none: { href: '/', text: texts.toTop },
    }[requirement.next];
    return c.html(pages.messagePage(reader(c), texts.blockedTitle, warning, next));
  }

  // --- Login ---

  app.get('/login', (c) => c.html(pages.loginPage(reader(c), null)));

  app.post('/login', async (c) => {
    const customer = store.customerBy((await field(c, 'loginId')).normalize('NFC'), await field(c, 'password'));
    if (customer === null) return c.html(pages.loginPage(reader(c), notice(c, 'error', texts.loginWrong)), 401);
    const cookie = store.startSession(customer.loginId, nowMs());
    setCookie(c, profile.sessionCookie, cookie, {
      path: '/',
      httpOnly: true,
      sameSite: 'Lax',
      secure: new URL(c.req.url).protocol === 'https:',
    });
    return c.redirect('/', 303);
  });

  app.post('/logout', (c) => {
    store.endSession(getCookie(c, profile.sessionCookie) ?? '');
    deleteCookie(c, profile.sessionCookie, { path: '/' });
    return c.redirect('/login', 303);
  });

  // --- The fobs of the demo, for whoever sits before it ---

  if (fobs.length > 0) {
    app.get('/fob', (c) => c.html(fobPage(reader(c), fobs, nowMs())));
    app.get('/fob.js', (c) => c.body(fobScript, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }));
    app.get('/fob/displays', (c) => c.json(fobs.map((fob) => display(fob, nowMs()))));
  }

  app.use(async (c, next) => (c.var.customer === null ? c.redirect('/login', 303) : next()));

  /** For trials only: a real bank's branch does this, on the customer's application. */
  app.post('/trial/unlock', async (c) => {
    const { outcome } = await verifier.unlockByBranch(customerOf(c).loginId, await field(c, 'attempt'));
    return c.redirect(outcome === 'done' ? '/?unlocked' : '/', 303);
  });

  // --- Issue and activation ---

  // Hardware is applied for at the branch: the first thing that its users see is the activation.
  if (profile.kind === 'hardware') app.all('/token/issue', (c) => c.redirect('/token/activation', 303));

  app.get('/token/issue', async (c) => {
    const { loginId } = customerOf(c);
    const { otp } = await verifier.getUser(loginId);
    if (otp.status === 'active' || otp.status === 'locked') return c.redirect('/', 303);
    const open = otp.status === 'issued';
    const early = otp.reissuableAt !== null && Date.parse(otp.reissuableAt) > nowMs();
    const gate: Notice | null = early
      ? {
          kind: 'warning',
          text: `${reasonText('reissueTooEarly')[c.var.language]} (${time(c.var.language, otp.reissuableAt ?? '')})`,
        }
      : null;
    return c.html(pages.issuePage(reader(c), { attempt: randomUUID(), email: '', open }, gate));
  });

  app.post('/token/issue', async (c) => {
    const { loginId } = customerOf(c);
    const email = (await field(c, 'email')).trim();
    const activationPassword = await field(c, 'activationPassword');
    const again = (error: Text) =>
      c.html(pages.issuePage(reader(c), { attempt: randomUUID(), email, open: false }, notice(c, 'error', error)));
    try {
      const answer = await verifier.issueSoftwareToken(
        loginId,
        { email, activationPassword },
        await field(c, 'attempt'),
      );
      if (answer.outcome === 'refused') return again(reasonText(answer.reason));
      const { serviceId, userId, activationUrl, expiresAt, mail } = answer;
      store.keepIssue(loginId, { serviceId, userId, activationUrl, expiresAt, email, mail });
      return c.redirect('/token/activation', 303);
    } catch (error) {
      const text = misuse(error);
      if (text === null) throw error;
      return again(text === texts.notSixToEight ? reasonText('malformedIssue') : text);
    }
  });

  function activationForm(c: Bank, error: Notice | null) {
    const issue = store.issueOf(customerOf(c).loginId);
    return c.html(pages.activationPage(reader(c), { attempt: randomUUID(), issue, outbox }, error));
  }

  function registrationForm(c: Bank, serial: string, error: Notice | null) {
    return c.html(pages.registrationPage(reader(c), { attempt: randomUUID(), serial }, error));
  }

  app.get('/token/activation', async (c) => {
    const { otp } = await verifier.getUser(customerOf(c).loginId);
    if (profile.kind === 'hardware') {
      return otp.status === 'active' || otp.status === 'locked' ? c.redirect('/', 303) : registrationForm(c, '', null);
    }
    return otp.status === 'issued' ? activationForm(c, null) : c.redirect('/', 303);
  });

  app.post('/token/activation', async (c) => {
    const { loginId } = customerOf(c);
    const { language } = c.var;
    const serial = profile.kind === 'hardware' ? await field(c, 'serial') : undefined;
    const again = (error: Notice) =>
      serial === undefined ? activationForm(c, error) : registrationForm(c, serial, error);
    try {
      const answer = await verifier.activate(loginId, await field(c, 'otp'), await field(c, 'attempt'), serial);
      if (answer.outcome === 'accepted') {
        store.keepIssue(loginId, null);
        return c.redirect('/?activated', 303);
      }
      if (answer.outcome === 'refused') return again(notice(c, 'error', reasonText(answer.reason)));
      return again(rejection(language, answer.reason, answer.remainingAttempts));
    } catch (error) {
      const text = misuse(error);
      if (text === null) throw error;
      const both = text === texts.notSixToEight && serial !== undefined;
      return again(notice(c, 'error', both ? texts.serialAndOtpWrong : text));
    }
  });

  /** A sentence for what the user's own input or double sending caused, or null where it is not theirs. */
  function misuse(error: unknown): Text | null {
    if (!(error instanceof VerifierProblem)) return null;
    if (error.status === 400 && error.code === 'malformed') return texts.notSixToEight;
    if (error.status === 422) return texts.attemptUsed;
    if (error.status === 409) return texts.inFlight;
    return null;
  }

  function rejection(language: Language, reason: string | null, remainingAttempts: number | null): Notice {
    const text = reason === 'replayed' ? texts.replayed[language] : wrongText(language, remainingAttempts);
    return { kind: 'error', text };
  }

  // --- Behind the login: the verifier may still lead to the set-up, or hold the user back ---

  app.use(async (c, next) => {
    const requirement = await verifier.requirement(customerOf(c).loginId, 'login');
    if (requirement.otp !== 'blocked') return next();
    if (requirement.next === 'issue') return c.redirect('/token/issue', 303);
    if (requirement.next === 'activation') return c.redirect('/token/activation', 303);
    return blockedPage(c, requirement);
  });

  app.get('/', async (c) => {
    const { loginId } = customerOf(c);
    const { otp } = await verifier.getUser(loginId);
    const activated = c.req.query('activated') === undefined ? null : texts.activated;
    const unlocked = c.req.query('unlocked') === undefined || otp.status !== 'active' ? null : texts.unlocked;
    const news = unlocked ?? activated;
    const done = news === null ? null : notice(c, 'done', news);
    const about = { balanceYen: store.balanceYen(), status: otp.status, transfers: store.transfersOf(loginId) };
    return c.html(pages.topPage(reader(c), about, done));
  });

  // --- Transfer ---

  app.get('/transfer', (c) =>
    c.html(pages.transferPage(reader(c), { payee: '', amount: '', balanceYen: store.balanceYen() }, null)),
  );

  app.post('/transfer', async (c) => {
    const payee = (await field(c, 'payee')).normalize('NFKC').trim().slice(0, 80);
    const amount = await field(c, 'amount');
    const balanceYen = store.balanceYen();
    const again = (error: Text) =>
      c.html(pages.transferPage(reader(c), { payee, amount, balanceYen }, notice(c, 'error', error)));
    if (payee === '') return again(texts.payeeMissing);
    const amountYen = /^[0-9]{1,12}$/.test(plain(amount)) ? Number(plain(amount)) : 0;
    if (amountYen < 1 || amountYen > balanceYen) return again(texts.amountWrong);
    const transfer = store.orderTransfer(customerOf(c).loginId, payee, amountYen, nowMs());
    return c.redirect(`/transfer/${transfer.id}`, 303);
  });

  async function confirmation(c: Bank, transfer: Transfer, error: Notice | null) {
    const requirement = await verifier.requirement(customerOf(c).loginId, 'transfer');
    if (requirement.otp === 'blocked') return blockedPage(c, requirement);
    const withOtp = requirement.otp === 'required';
    return c.html(pages.confirmPage(reader(c), { transfer, attempt: randomUUID(), withOtp }, error));
  }

  app.get('/transfer/:id', async (c) => {
    const transfer = store.transfer(c.req.param('id'), customerOf(c).loginId);
    if (transfer === null) return c.notFound();
    if (transfer.doneAtMs !== null) return c.html(pages.donePage(reader(c), transfer));
    return confirmation(c, transfer, null);
  });

  app.post('/transfer/:id', async (c) => {
    const { loginId } = customerOf(c);
    const transfer = store.transfer(c.req.param('id'), loginId);
    if (transfer === null) return c.notFound();
    // Sent again after it was done: shown, not done twice.
    if (transfer.doneAtMs !== null) return c.redirect(`/transfer/${transfer.id}`, 303);
    if (transfer.amountYen > store.balanceYen())
      return confirmation(c, transfer, notice(c, 'error', texts.amountWrong));
    try {
      const otp = await field(c, 'otp');
      if (otp === '') {
        const requirement = await verifier.requirement(loginId, 'transfer');
        if (requirement.otp === 'required') return confirmation(c, transfer, notice(c, 'error', texts.notSixToEight));
        if (requirement.otp === 'blocked') return blockedPage(c, requirement);
      } else {
        const answer = await verifier.validate(loginId, 'transfer', otp, transfer.id, await field(c, 'attempt'));
        if (answer.outcome === 'rejected') {
          return confirmation(c, transfer, rejection(c.var.language, answer.reason, answer.remainingAttempts));
        }
        if (answer.outcome === 'blocked') {
          return blockedPage(c, { otp: 'blocked', reason: answer.reason, next: 'none', from: null });
        }
      }
    } catch (error) {
      const text = misuse(error);
      if (text === null) throw error;
      return confirmation(c, transfer, notice(c, 'error', text));
    }
    store.carryOut(transfer.id, nowMs());
    return c.redirect(`/transfer/${transfer.id}`, 303);
  });

  app.notFound((c) => {
    const bank = c as unknown as Bank;
    const about = { href: '/', text: texts.toTop };
    return bank.html(
      pages.messagePage(reader(bank), texts.notFoundTitle, notice(bank, 'plain', texts.notFound), about),
      404,
    );
  });

  app.onError((error, c) => {
    const bank = c as unknown as Bank;
    report(error);
    const away = error instanceof VerifierUnavailable;
    return bank.html(
      pages.messagePage(
        reader(bank),
        away ? texts.unavailableTitle : texts.failedTitle,
        notice(bank, away ? 'warning' : 'error', away ? texts.unavailable : texts.failed),
        away ? { href: bank.req.path, text: texts.tryAgain } : { href: '/', text: texts.toTop },
      ),
      away ? 503 : 500,
    );
  });

  return app;
}

/** Tells the verifier who the bank's customers are. May be repeated: nothing changes then. */
export async function announceCustomers(
  verifier: VerifierCalls,
  store: Store,
  { contract }: Pick<Profile, 'contract'>,
): Promise<void> {
  await verifier.putContract(contract.contractId, { kind: 'business', name: contract.name });
  for (const { loginId, name, role } of store.customers()) {
    await verifier.putUser(loginId, { contractId: contract.contractId, name: name.ja, role });
  }
}
