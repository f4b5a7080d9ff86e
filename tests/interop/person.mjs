// A person with a browser that is no more than `fetch` and a jar of cookies: signs in, allows, and is sent back.

import assert from 'node:assert/strict';

/** Goes to an authorization address, answers the pages, and gives the address that the person is sent back to. */
export async function signInAndAllow(authorizationUrl, { name, password }) {
  const cookies = new Map();
  const go = async (url, form) => {
    const answer = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      headers: { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; ') },
      redirect: 'manual',
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, key, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(key, value);
    }
    return answer;
  };
  let url = authorizationUrl;
  let answer = await go(url);
  // Sign-in and consent; a page more would be a loop.
  for (let page = 0; page < 2 && answer.status === 200; page += 1) {
    const html = await answer.text();
    const action = attribute(html, /<form[^>]*\baction="([^"]*)"/);
    const request = attribute(html, /name="request" value="([^"]*)"/);
    const filled = html.includes('name="password"') ? { username: name, password } : { decision: 'allow' };
    url = new URL(action, url);
    answer = await go(url, { request, ...filled });
  }
  assert.ok([302, 303].includes(answer.status), `the person is sent back after ${url.pathname}, and not answered ${answer.status}`);
  return new URL(answer.headers.get('location'));
}

function attribute(html, pattern) {
  const found = pattern.exec(html);
  assert.ok(found, `the page has ${pattern}`);
  return found[1].replaceAll('&amp;', '&');
}
