FROM alpine AS base
RUN echo a \
  # a comment inside
    b \

  && echo c \   
  && echo "d\\"
RUN echo last\
