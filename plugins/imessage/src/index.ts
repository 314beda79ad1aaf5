/** The process that a host starts: the iMessage channel on stdin and stdout. */
import { serve } from '@backchannel/channel'
import { createImessageChannel } from './channel.ts'

void createImessageChannel(process.env).then(serve)
