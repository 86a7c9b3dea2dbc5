-- What is known of a turn: {st, place, m, e, s, f}, '' for what is not there. `seen`: A.press is a turn already.
if A.press and call('EXISTS', P .. 't:' .. A.press) == 1 then return {'seen', '', '', '', '', ''} end
local t = call('HMGET', P .. 't:' .. A.turn, 'st', 'place')
local x = call('HMGET', P .. 'x:' .. A.turn, 'm', 'e', 's', 'f')
return {t[1] or '', t[2] or '', x[1] or '', x[2] or '', x[3] or '', x[4] or ''}
