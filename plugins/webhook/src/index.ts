/** The process that a host starts: the webhook channel on stdin and stdout. */
import { serve } from '@backchannel/channel'
import { createWebhook } from './channel.ts'

void serve(createWebhook(process.env))
