-- The end of an answer, once: ARGV[3] the final, ARGV[4] the exchange or '', both sealed. Answers what is left_of the turn
-- where the lease holds, else as not_mine. A.answered: the question has its whole answer, kept or not. A.quoted: whose words
-- are in it beside its asker's; A.overheard: the messages that these are, where they are known. A.stopped: as who answers
-- has heard.
if not mine(A.line, A.turn, A.fence) then return not_mine(A.line, A.turn, A.fence) end
local t, x = P .. 't:' .. A.turn, P .. 'x:' .. A.turn
if call('HEXISTS', x, 'f') == 1 then return left_of(A.turn) end
even_when_full()
save_clock()
call('HSET', x, 'f', ARGV[3])
call('HDEL', x, 'r')
call('PEXPIRE', x, A.record_ms)
if A.answered then call('HSET', t, 'answered', 1) end

-- Whether a message was deleted meanwhile, while we had its words.
local function is_gone(message)
  local st, line, gone = unpack(call('HMGET', P .. 't:' .. message, 'st', 'line', 'gone'))
  return gone or st == 'x' and not line
end

local sealed, overheard = ARGV[4], each(A.overheard)
local place, exchange, epoch, gone, unsaid, without, root, author =
  unpack(call('HMGET', t, 'place', 'of', 'epoch', 'gone', 'unsaid', 'without', 'root', 'author'))
for person in string.gmatch(without or '', '%S+') do
  unsaid = unsaid or string.find(A.quoted, person, 1, true)
end
for _, message in ipairs(overheard) do
  unsaid = unsaid or is_gone(message)
end
if unsaid then call('HSET', t, 'unsaid', 1) end
local left = left_of(A.turn)
exchange = exchange or A.turn
local channel = root ~= '' and root or place
local kept = kept_ms(channel)
call('PEXPIRE', P .. 'i:' .. channel, A.usage_ms)
local reset = epoch ~= (call('HGET', P .. 'p:' .. place, 'epoch') or '')
-- Of a stop that Redis has forgotten nobody knows whether it came with an erasure.
local was_stopped = A.stopped and call('HEXISTS', t, 'stop') == 0
if sealed == '' or reset or gone or unsaid or was_stopped or kept == 0 then return left end

local h, o = P .. 'h:' .. place, P .. 'o:' .. place
local rank, people, messages = call('ZSCORE', o, exchange), words_in(place, exchange)
-- A memory was made meanwhile, and knows its old answer.
if not rank and call('ZSCORE', P .. 'm:' .. place, exchange) then return left end
take_out(place, exchange)
call('HDEL', P .. 'a:' .. place, exchange)
if #sealed > A.most_bytes then return left end
local last = call('ZRANGE', o, -1, -1, 'WITHSCORES')[2]
call('ZADD', o, rank or math.max(now, tonumber(last or 0) + 1), exchange)
call('HSET', h, exchange, sealed)
-- One of these messages may be the question of another exchange: then whoever has words in that has them here, too.
local all = {author, people, A.quoted}
for _, message in ipairs(overheard) do
  for _, of in ipairs({place, channel}) do all[#all + 1] = words_in(of, message) end
end
said_by(place, exchange, each(table.concat(all, ' ')), each(messages .. ' ' .. A.overheard))
local bytes = call('HINCRBY', h, '#', #sealed)
for _ = 1, call('ZCARD', o) do -- each at most once: what is wrong here must not hold Redis for ever
  if bytes <= A.most_bytes and call('ZCARD', o) <= A.most_exchanges then break end
  local oldest = call('ZRANGE', o, 0, 1) -- a memory goes last
  if not oldest[1] then break end
  local memory = memory_of(place)
  leave_out(place, oldest[1] == memory and oldest[2] ~= exchange and oldest[2] or oldest[1])
  bytes = tonumber(call('HGET', h, '#') or 0)
end
trim(place)
keep_known(place)
return left
