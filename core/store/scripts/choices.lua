-- What was chosen for A.place, and for A.root, the place at the top of its thread, when it is not ''.
return {call('HGETALL', P .. 'c:' .. A.place), A.root ~= '' and call('HGETALL', P .. 'c:' .. A.root) or {}}
