-- What is known of a turn: {st, place, a, m, e, s, f}, '' for what is not there.
local t = call('HMGET', P .. 't:' .. A.turn, 'st', 'place', 'a')
local x = call('HMGET', P .. 'x:' .. A.turn, 'm', 'e', 's', 'f')
return {t[1] or '', t[2] or '', t[3] or '', x[1] or '', x[2] or '', x[3] or '', x[4] or ''}
