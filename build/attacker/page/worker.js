// A service worker fetches on its own account, and tells its pages.
self.addEventListener('install', event => event.waitUntil((async () => {
  const url = decodeURIComponent(location.search.slice(1));
  const saw = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{}' })
    .then(r => 'status ' + r.status, e => e.name);
  for (const page of await clients.matchAll({ includeUncontrolled: true })) page.postMessage(saw);
})()));
