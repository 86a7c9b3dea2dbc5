-- What is known of a turn: {st, place, m, e, s, f}, '' for what is not there. Beside the states of a turn st may be
-- `seen`, A.press is a turn already, `said`, so it is by A.token, and m is what that was told, or `older`, its line has a
-- newer answer.
local made = A.press and call('HMGET', P .. 't:' .. A.press, 'st', 'tok', 'said') or {}
if made[1] and made[2] == A.token and made[3] then return {'said', '', made[3], '', '', ''} end
if made[1] then return {'seen', '', '', '', '', ''} end
local t = call('HMGET', P .. 't:' .. A.turn, 'st', 'place', 'line')
local x = call('HMGET', P .. 'x:' .. A.turn, 'm', 'e', 's', 'f')
local newest = t[3] and call('HGET', P .. 'l:' .. t[3], 'newest')
if t[1] == 'd' and newest and newest ~= A.turn then t[1] = 'older' end
return {t[1] or '', t[2] or '', x[1] or '', x[2] or '', x[3] or '', x[4] or ''}
