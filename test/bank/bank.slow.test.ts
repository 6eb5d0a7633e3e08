import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../browser/world.ts';

describe('the sample bank as a server', () => {
  let world: World;
  let cookie = '';

  beforeAll(async () => {
    world = await startWorld();
    const answer = await post('/login', { loginId: 'hanako', password: 'mihon-hanako' });
    cookie =
      answer.headers
        .getSetCookie()
        .find((each) => each.startsWith('session='))
        ?.split(';')[0] ?? '';
  });
  afterAll(() => world?.close());

  function post(path: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
    return fetch(world.bankUrl + path, {
      method: 'POST',
      headers: { Cookie: cookie, 'Accept-Language': 'en', ...headers },
      body: new URLSearchParams(form),
      redirect: 'manual',
    });
  }
  function get(path: string) {
    return fetch(world.bankUrl + path, {
      headers: { Cookie: cookie, 'Accept-Language': 'en' },
      redirect: 'manual',
    });
  }
  async function formToken(): Promise<string> {
    return (await (await get('/token/issue')).text()).match(/name="formToken" value="([^"]+)"/)?.[1] ?? '';
  }

  it('leads to the login without one, and refuses a wrong password', async () => {
    const anonymous = await fetch(world.bankUrl, { redirect: 'manual' });
    expect(anonymous.headers.get('Location')).toBe('/login');
    expect((await post('/login', { loginId: 'hanako', password: 'wrong' })).status).toBe(401);
    expect((await post('/login', { loginId: '__proto__', password: 'wrong' })).status).toBe(401);
  });

  it('leads a user without a token to the issue and nowhere else', async () => {
    expect((await get('/')).headers.get('Location')).toBe('/token/issue');
    expect((await get('/transfer')).headers.get('Location')).toBe('/token/issue');
  });

  it('refuses a form without its token, and one that another site sends', async () => {
    const form = { email: 'hanako@mihon.example', activationPassword: '583920', attempt: 'a' };
    expect((await post('/token/issue', form)).status).toBe(403);
    expect((await post('/token/issue', { ...form, formToken: 'x'.repeat(22) })).status).toBe(403);
    const right = { ...form, formToken: await formToken() };
    expect((await post('/token/issue', right, { Origin: 'https://elsewhere.example' })).status).toBe(403);
  });

  it('says what is wrong with the issue form', async () => {
    const token = await formToken();
    const weak = { formToken: token, email: 'hanako@mihon.example', activationPassword: '1234', attempt: 'weak' };
    expect(await (await post('/token/issue', weak)).text()).toContain('easy to guess');
    const noMail = { ...weak, email: 'hanako', activationPassword: '583920', attempt: 'mail' };
    expect(await (await post('/token/issue', noMail)).text()).toContain('Please enter an e-mail address');
  });

  it('escapes what a user typed', async () => {
    const typed = { formToken: await formToken(), email: '"><script>x', activationPassword: '1', attempt: 'x' };
    const page = await (await post('/token/issue', typed)).text();
    expect(page).toContain('&quot;&gt;&lt;script&gt;');
    expect(page).not.toContain('<script');
  });

  it('allows no script, no frame and no cache', async () => {
    const { headers } = await get('/token/issue');
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    expect(headers.get('Content-Security-Policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('Cache-Control')).toBe('no-store');
  });

  it('shows a calm page while the verifier is away, and goes on when it is back', async () => {
    await world.stopVerifier();
    const away = await get('/');
    expect(away.status).toBe(503);
    expect(await away.text()).toContain('No transfer was made');
    await world.startVerifier();
    expect((await get('/')).status).toBe(303);
  });
});
