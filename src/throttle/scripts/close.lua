-- Nothing leaves for so many microseconds. ARGV: the silence. Gives its end.
close(now + tonumber(ARGV[3]))
return mark('closed')
