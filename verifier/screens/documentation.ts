import { html } from 'hono/html';

/** Starts Swagger UI on the document that this verifier serves. */
export const documentationScript = `window.addEventListener('load', () => {
  window.SwaggerUIBundle({
    url: new URL('openapi.json', location.href).href,
    dom_id: '#documentation',
    deepLinking: true,
    persistAuthorization: false,
    validatorUrl: null,
  });
});
`;

/** The page that browses the OpenAPI document. Its addresses hold under whatever path a proxy has the verifier. */
export function documentationPage() {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Shirushi verifier: API</title>
  <link rel="icon" href="assets/mark.svg" type="image/svg+xml">
  <link rel="stylesheet" href="docs/swagger-ui.css">
  <style>
    .swagger-ui details table { display: block; overflow-x: auto; }
    .swagger-ui details table :is(td, th) { padding: 4px 16px 4px 0 !important; }
    .swagger-ui summary { cursor: pointer; }
  </style>
</head>
<body>
  <div id="documentation"></div>
  <noscript><p>This page needs JavaScript. The document itself: <a href="openapi.json">/openapi.json</a></p></noscript>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/start.js"></script>
</body>
</html>`;
}
