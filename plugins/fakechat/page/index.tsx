/** Starts the page. */
import { render } from 'preact'
import { App } from './app.tsx'
import { createClient } from './client.ts'

const root = document.getElementById('app')
if (root) render(<App client={createClient()} />, root)
