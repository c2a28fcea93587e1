// Every way that a web page has to make a browser send a request. Each attempt is
// given where to aim, and tells what the page came to see, in words that are the
// same each time: a page's view of an error has no details.

const chat = stream => JSON.stringify({
  model: 'claude-opus-4', messages: [{ role: 'user', content: 'spend something' }], stream,
});
const json = { 'Content-Type': 'application/json' };
const post = (headers, more) => ({ method: 'POST', headers, body: chat(false), ...more });

// What a script can tell of an answer.
async function seen(answer) {
  const response = await answer;
  if (response.type === 'opaque') return 'an opaque answer: no status, no body';
  const text = await response.text();
  let what = `${text.length} bytes`;
  try {
    const body = JSON.parse(text);
    if (body.error) what = `error ${body.error.code}`;
    else if (body.object) what = `a ${body.object}`;
    else if (body.status) what = `the health of ${body.name}`;
  } catch { /* no JSON */ }
  if (text.startsWith('data: ')) what = text.trimEnd().endsWith('data: [DONE]') ? 'a whole stream' : 'a part of a stream';
  return `status ${response.status}, ${what}`;
}

const xhr = (url, type) => new Promise(done => {
  const x = new XMLHttpRequest();
  x.open('POST', url);
  x.setRequestHeader('Content-Type', type);
  x.onload = () => done(seen(new Response(x.responseText, { status: x.status })));
  x.onerror = () => done('an error without details');
  x.send(chat(false));
});

// An element that loads something; it is in the document only meanwhile.
const element = (tag, attributes, parent = document.body) => new Promise(done => {
  const e = Object.assign(document.createElement(tag), attributes);
  e.onload = () => { done('it was loaded'); e.remove(); };
  e.onerror = () => { done('an error without details'); e.remove(); };
  parent.append(e);
});

// A frame is loaded whatever it shows, and tells only whether it can be looked into.
const frame = attributes => new Promise(done => {
  const f = Object.assign(document.createElement('iframe'), attributes);
  f.onload = () => {
    let text = null;
    try { text = f.contentDocument && f.contentDocument.body.innerText; } catch { /* of another origin */ }
    if (text === null) done('a frame that cannot be looked into');
    else done(seen(new Response(text, { status: 200 })).then(s => s.replace('status 200', 'a frame')));
    f.remove();
  };
  document.body.append(f);
});

// A form's answer goes to a frame that only it fills.
const form = (url, enctype, fields) => new Promise(done => {
  const f = document.createElement('iframe');
  f.name = 'sink' + Math.random();
  document.body.append(f);
  const sender = Object.assign(document.createElement('form'), { action: url, method: 'POST', enctype, target: f.name });
  for (const [name, value] of fields) sender.append(Object.assign(document.createElement('input'), { name, value }));
  document.body.append(sender);
  f.onload = () => {
    let text = null;
    try {
      if (f.contentWindow.location.href === 'about:blank') return; // the empty frame
      text = f.contentDocument.body.innerText;
    } catch { /* of another origin */ }
    if (text === null) done('a frame that cannot be looked into');
    else done(seen(new Response(text, { status: 200 })).then(s => s.replace('status 200', 'a frame')));
    f.remove();
    sender.remove();
  };
  sender.submit();
});

// Words of a script that runs elsewhere: in a worker, or in a frame without origin.
const script = (url, answer) => `
  fetch(${JSON.stringify(url)}, { method: 'POST', mode: 'cors', headers: { 'Content-Type': 'text/plain' }, body: ${JSON.stringify(chat(false))} })
    .then(r => 'status ' + r.status, e => e.name).then(${answer})`;
const message = source => new Promise(done => source.addEventListener('message', e => done(e.data), { once: true }));

async function framed(attributes) {
  const f = Object.assign(document.createElement('iframe'), attributes);
  const told = message(window);
  document.body.append(f);
  const saw = await told;
  f.remove();
  return saw;
}
const page = (url) => `<script>${script(url, "saw => parent.postMessage(saw, '*')")}</script>`;

// t: {proxy, control, host, port, token, server, elsewhere}; t.proxy and t.control are
// base URLs, t.server is the page's own.
const attempts = {
  'fetch-json': t => seen(fetch(t.proxy + '/v1/chat/completions', post(json))),
  'fetch-stream': t => seen(fetch(t.proxy + '/v1/chat/completions', post(json, { body: chat(true) }))),
  'fetch-simple': t => seen(fetch(t.proxy + '/v1/chat/completions', post({ 'Content-Type': 'text/plain' }))),
  'fetch-no-cors': t => seen(fetch(t.proxy + '/v1/chat/completions', post({ 'Content-Type': 'text/plain' }, { mode: 'no-cors' }))),
  'fetch-no-type': t => seen(fetch(t.proxy + '/v1/chat/completions', { method: 'POST', mode: 'no-cors', body: new Blob([chat(false)]) })),
  'fetch-no-referrer': t => seen(fetch(t.proxy + '/v1/chat/completions', post({}, { mode: 'no-cors', referrerPolicy: 'no-referrer' }))),
  'fetch-keepalive': t => seen(fetch(t.proxy + '/v1/chat/completions', post({}, { mode: 'no-cors', keepalive: true }))),
  'fetch-credentials': t => seen(fetch(t.proxy + '/v1/models', { credentials: 'include' })),
  'fetch-key': t => seen(fetch(t.proxy + '/v1/models', { headers: { Authorization: 'Bearer ' + t.key } })),
  'fetch-key-chat': t => seen(fetch(t.proxy + '/v1/chat/completions', post({ ...json, Authorization: 'Bearer ' + t.key }))),
  'fetch-claims': t => seen(fetch(t.proxy + '/v1/models', { mode: 'no-cors', headers: {
    Origin: t.proxy, Host: 'localhost', Referer: t.proxy, 'Sec-Fetch-Site': 'none', 'Access-Control-Request-Private-Network': 'true' } })),
  'fetch-local': t => seen(fetch(t.proxy + '/v1/models', { targetAddressSpace: 'loopback' })),
  'fetch-models': t => seen(fetch(t.proxy + '/v1/models')),
  'fetch-models-no-cors': t => seen(fetch(t.proxy + '/v1/models', { mode: 'no-cors' })),
  'fetch-health': t => seen(fetch(t.proxy + '/health')),
  'fetch-head': t => seen(fetch(t.proxy + '/v1/models', { method: 'HEAD', mode: 'no-cors' })),
  'fetch-options': t => seen(fetch(t.proxy + '/v1/models', { method: 'OPTIONS' })),
  'fetch-delete': t => seen(fetch(t.proxy + '/v1/models', { method: 'DELETE' })),
  'redirect-302': t => seen(fetch(t.server + '/redirect/302?' + t.proxy + '/v1/models', { mode: 'no-cors' })),
  'redirect-307': t => seen(fetch(t.server + '/redirect/307?' + t.proxy + '/v1/chat/completions', post({}, { mode: 'no-cors' }))),
  'redirect-twice': t => seen(fetch(t.elsewhere + '/redirect/307?' + t.proxy + '/v1/chat/completions', post({}, { mode: 'no-cors' }))),
  'xhr-json': t => xhr(t.proxy + '/v1/chat/completions', 'application/json'),
  'xhr-simple': t => xhr(t.proxy + '/v1/chat/completions', 'text/plain'),
  'beacon': async t => navigator.sendBeacon(t.proxy + '/v1/chat/completions', chat(false)) ? 'it may be sent' : 'no',
  'beacon-json': async t => navigator.sendBeacon(t.proxy + '/v1/chat/completions', new Blob([chat(false)], { type: 'application/json' })) ? 'it may be sent' : 'no',
  'ping': async t => {
    const a = Object.assign(document.createElement('a'), { href: '#', ping: t.proxy + '/v1/chat/completions' });
    document.body.append(a);
    a.click();
    return 'nothing';
  },
  'csp-report': t => frame({ src: t.server + '/violates?' + t.proxy + '/v1/chat/completions' }).then(() => 'nothing'),
  'eventsource': t => new Promise(done => {
    const e = new EventSource(t.proxy + '/v1/chat/completions');
    e.onerror = () => { e.close(); done('an error without details'); };
    e.onopen = e.onmessage = () => { e.close(); done('it was opened'); };
  }),
  'websocket': t => new Promise(done => {
    const w = new WebSocket(t.proxy.replace('http', 'ws') + '/v1/chat/completions');
    w.onerror = () => done('an error without details');
    w.onopen = () => done('it was opened');
  }),
  'img': t => element('img', { src: t.proxy + '/v1/models' }),
  'script': t => element('script', { src: t.proxy + '/v1/models' }),
  'module': t => element('script', { src: t.proxy + '/health', type: 'module' }),
  'stylesheet': t => element('link', { href: t.proxy + '/health', rel: 'stylesheet' }, document.head),
  'prefetch': t => element('link', { href: t.proxy + '/v1/models', rel: 'prefetch' }, document.head),
  'object': t => element('object', { data: t.proxy + '/v1/models' }),
  'iframe': t => frame({ src: t.proxy + '/v1/models' }),
  'iframe-health': t => frame({ src: t.proxy + '/health' }),
  'form-urlencoded': t => form(t.proxy + '/v1/chat/completions', 'application/x-www-form-urlencoded', [[chat(false), '']]),
  'form-multipart': t => form(t.proxy + '/v1/chat/completions', 'multipart/form-data', [['body', chat(false)]]),
  // The classic: with text/plain, name=value is JSON.
  'form-plain': t => form(t.proxy + '/v1/chat/completions', 'text/plain', [[chat(false).slice(0, -1) + ',"user":"', '"}']]),
  'window': async t => window.open(t.proxy + '/v1/models') ? 'a window that cannot be looked into' : 'no window',
  'worker': t => message(new Worker(URL.createObjectURL(new Blob([script(t.proxy + '/v1/chat/completions', 'postMessage')])))),
  'service-worker': async t => {
    if (!navigator.serviceWorker) return 'there are none on this page';
    const told = message(navigator.serviceWorker);
    const registration = await navigator.serviceWorker.register('/worker.js?' + t.proxy + '/v1/chat/completions');
    navigator.serviceWorker.startMessages();
    const saw = await told;
    await registration.unregister();
    return saw;
  },
  'sandbox': t => framed({ sandbox: 'allow-scripts', srcdoc: page(t.proxy + '/v1/chat/completions') }),
  'data-url': t => framed({ src: 'data:text/html,' + encodeURIComponent(page(t.proxy + '/v1/chat/completions')) }),
  // The same place by other names.
  'by-localhost': t => seen(fetch(`http://localhost:${t.port}/v1/models`, { mode: 'no-cors' })),
  'by-ipv6': t => seen(fetch(`http://[::1]:${t.port}/v1/models`, { mode: 'no-cors' })),
  'by-mapped': t => seen(fetch(`http://[::ffff:127.0.0.1]:${t.port}/v1/models`, { mode: 'no-cors' })),
  'by-zero': t => seen(fetch(`http://0.0.0.0:${t.port}/v1/models`, { mode: 'no-cors' })),
  'by-short': t => seen(fetch(`http://127.1:${t.port}/v1/models`, { mode: 'no-cors' })),
  'by-subdomain': t => seen(fetch(`http://localhost.evil.test:${t.port}/v1/models`, { mode: 'no-cors' })),
  'by-name': t => seen(fetch(`http://rebound.test:${t.port}/v1/models`, { mode: 'no-cors' })),
  'by-dot': t => seen(fetch(`http://localhost.:${t.port}/v1/models`, { mode: 'no-cors' })),

  // The app's own server.
  'control-state': t => seen(fetch(t.control + '/state')),
  'control-quit': t => seen(fetch(t.control + '/do/quit', { method: 'POST', mode: 'no-cors' })),
  'control-token': t => seen(fetch(t.control + '/do/quit', { method: 'POST', headers: { Authorization: 'Bearer ' + t.token } })),
  'control-form': t => form(t.control + '/do/stop', 'application/x-www-form-urlencoded', [['a', 'b']]),
  'control-beacon': async t => navigator.sendBeacon(t.control + '/do/restart', '') ? 'it may be sent' : 'no',
  'control-img': t => element('img', { src: t.control + '/state' }),
  'control-script': t => element('script', { src: t.control + '/state' }),
  'control-iframe': t => frame({ src: t.control + '/state' }),
  'control-websocket': t => new Promise(done => {
    const w = new WebSocket(t.control.replace('http', 'ws') + '/state');
    w.onerror = () => done('an error without details');
    w.onopen = () => done('it was opened');
  }),
};

const late = ms => new Promise(done => setTimeout(done, ms, 'nothing came'));

async function main() {
  const { target, names } = await (await fetch(server + '/target/' + name)).json();
  for (const attempt of names) {
    let saw;
    try {
      saw = await Promise.race([attempts[attempt](target), late(60000)]);
    } catch (e) {
      saw = e.name;
    }
    await fetch(server + '/saw', { method: 'POST', body: JSON.stringify({ page: name, attempt, saw }) });
  }
}
main().catch(e => fetch(server + '/saw', { method: 'POST', body: JSON.stringify({ page: name, failed: String(e) }) }));
