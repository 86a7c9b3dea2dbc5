-- A gap of A.platform is to be read: what is known now is all that counts as read, whatever comes in, until with A.done it is.
-- Answers {place, order, ...}: of a gap before, which was not read to its end, these are older.
even_when_full()
local read, s = P .. 'unread:' .. A.platform, P .. 's:' .. A.platform
if A.done then
  call('DEL', read)
else
  call('COPY', s, read) -- not where one is there
end
return call('ZRANGE', read, 0, -1, 'WITHSCORES')
