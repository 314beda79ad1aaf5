/** Serves fakechat over stdio; the build puts the page in. */
import { serve } from '@backchannel/channel'
import { createFakechat } from './channel.ts'

declare const __PAGE_HTML__: string

// No top-level await: this becomes a CommonJS bundle.
void serve(createFakechat(process.env, __PAGE_HTML__))
