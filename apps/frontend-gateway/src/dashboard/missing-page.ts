/** Shown at `/` while no dashboard is built: a blank page or a bare 404 would send people searching in the wrong place. */
export const MISSING_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Nestfleet: the dashboard is not built</title>
<h1>The dashboard is not built</h1>
<p>The gateway runs, but there is no built page beside it. Build it and start the gateway again:</p>
<pre>npx nx build frontend-gateway</pre>
<p>While you work on the page itself, run <code>npx nx serve dashboard</code> and open the address that it prints.</p>
<p>The rest is there: <a href="/api/">the api</a>, <a href="/docs">the gateway's own routes</a>, <a href="/topology">what is running</a>.</p>
</html>
`;
