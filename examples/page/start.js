// Serves the page until Ctrl+C.

import { serve } from './server.js';

await serve(8080);
console.log('http://localhost:8080 until you press Ctrl+C');
