"""What stands on the disk: segment files of batches of records. Little-endian, 8-byte aligned.

    journal/0000000000.segment   SegmentHead, then batches back to back, then zeros
    journal/durable              DurableMark (mark.pxd)

A batch is a BatchHead and its records. A position is a logical byte offset over all segments:
segment_no * segment_size + offset in the segment. Position 0 is inside a SegmentHead: never a
record.

Every checksum starts from the journal's seed and the position of what it covers, so bytes are good
in one place of one journal only, whatever a client put into a record.
"""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t

cdef enum:
    FORMAT_VERSION = 1
    BATCH_MAGIC = 0x68437442            # "BtCh"
    SEGMENT_MAGIC = 0x7367654C4E4A4E49  # "INJNLegs"
    RECORD_ALIGN = 8
    SEGMENT_NAME_MAX = 32               # bytes of a segment's file name, the closing NUL included

cdef struct SegmentHead:
    uint64_t magic                      # SEGMENT_MAGIC
    uint32_t version                    # FORMAT_VERSION
    uint16_t node_id
    uint16_t reserved
    uint64_t segment_no
    uint64_t segment_size               # bytes; one size for the whole journal
    uint64_t first_batch                # number of the first batch here
    int64_t time_ns                     # step time of the commit that began the segment
    uint32_t epoch                      # of the node when it began the segment
    uint32_t rules_version
    uint32_t batch_max                  # bytes of the largest batch here, its head included
    uint32_t seed                       # of every checksum in this journal
    uint32_t previous_crc               # crc of the last batch before the segment, 0 at the start
    uint32_t crc                        # of the head before this field

cdef struct BatchHead:
    uint32_t magic                      # BATCH_MAGIC
    uint32_t size                       # whole batch in bytes, multiple of 8
    uint64_t batch_no                   # counts up by one over all segments, from 1
    uint64_t durable_batch              # all up to this one were on the disk when this was written
    int64_t time_ns                     # step time of the commit
    uint32_t record_count
    uint32_t previous_crc               # crc of the batch before: the chain
    uint32_t head_crc                   # of the head before this field
    uint32_t crc                        # head_crc continued over the records

cdef enum:
    SEGMENT_HEAD = 72                   # bytes of each
    BATCH_HEAD = 48
    SEGMENT_HEAD_CRC = 68               # offset of SegmentHead.crc
    BATCH_HEAD_CRC = 40                 # offset of BatchHead.head_crc

cdef enum:
    BATCH_MIN = 8192                    # batch_max is never less: any record of the model fits
    BATCH_MAX = 67108864                # nor more
    SEGMENT_BATCHES_MIN = 4             # a segment holds at least so many largest batches
