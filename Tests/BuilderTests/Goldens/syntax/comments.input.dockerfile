# head
FROM a

# about run
# second line
RUN x
   # indented comment
   RUN y
