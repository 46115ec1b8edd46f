Loop 4 {
    Send "4"
}
